"""A very small web application: counts its visitors in PostgreSQL, and says who served them."""

import os

import psycopg2

DATABASE = os.environ["DATABASE_URL"]
connection = None


def database():
    """One connection for each worker process, made again when the database was restarted."""
    global connection
    if connection is None or connection.closed:
        connection = psycopg2.connect(DATABASE)
        connection.autocommit = True
    return connection


def count_visit():
    with database().cursor() as cursor:
        cursor.execute("UPDATE visits SET count = count + 1 RETURNING count")
        return cursor.fetchone()[0]


def app(environ, start_response):
    try:
        count = count_visit()
        status = "200 OK"
        text = f"Hello, visitor {count}. Served by instance {os.environ['HAMMOCK_INSTANCE']}, pid {os.getpid()}.\n"
    except psycopg2.Error as problem:
        if connection is not None:
            connection.close()
        status = "503 Service Unavailable"
        text = f"The database does not answer: {problem}\n"
    start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
    return [text.encode()]
