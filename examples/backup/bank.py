"""Moves money between accounts, one transaction after the other, and says how many there were.

What must hold of any state of the database that ever was: the money is what it was in the beginning,
each balance is what the transfers made of it, and the numbers of the transfers have no gap.
"""

import os
import random
import sys
import time

import psycopg2

ACCOUNTS = 20
PAUSE_SECONDS = 0.02


def transfer(cursor):
    source, target = random.sample(range(1, ACCOUNTS + 1), 2)
    amount = random.randrange(1, 100)
    cursor.execute("LOCK TABLE transfers IN EXCLUSIVE MODE")
    cursor.execute("SELECT coalesce(max(number), 0) + 1 FROM transfers")
    (number,) = cursor.fetchone()
    cursor.execute("INSERT INTO transfers VALUES (%s, %s, %s, %s)", (number, source, target, amount))
    cursor.execute("UPDATE accounts SET balance = balance - %s WHERE id = %s", (amount, source))
    cursor.execute("UPDATE accounts SET balance = balance + %s WHERE id = %s", (amount, target))
    return number


def main():
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    while True:
        with connection, connection.cursor() as cursor:
            number = transfer(cursor)
        if number % 100 == 0:
            print(f"{number} transfers", flush=True)
        time.sleep(PAUSE_SECONDS)


try:
    main()
except psycopg2.Error as problem:  # the database is away: Hammock starts us again
    sys.exit(f"bank: {problem}".strip())
