// pinger HOST PORT PATH CONNECTIONS KEEP SECONDS: sends GET requests on so many connections at
// once, each after the answer to the one before; KEEP 0: a new connection for each. Prints how many
// were answered 200, and how many were not.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { kConnectionsMost = 1024, kAnswerMost = 2048 };

struct Connection {
  int fd;
  size_t received;
  char answer[kAnswerMost + 1];
};

static struct sockaddr_in address;
static char request[1024];
static int keep, epoll;
static long good, bad;
static struct Connection connections[kConnectionsMost];

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void die(const char* what) {
  perror(what);
  exit(1);
}

static void ask(struct Connection* one) {
  one->received = 0;
  if (send(one->fd, request, strlen(request), MSG_NOSIGNAL) < 0) die("send");
}

static void begin(struct Connection* one) {
  one->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int yes = 1;
  setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (connect(one->fd, (struct sockaddr*)&address, sizeof address) != 0) die("connect");
  fcntl(one->fd, F_SETFL, O_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};
  epoll_ctl(epoll, EPOLL_CTL_ADD, one->fd, &event);
  ask(one);
}

static int is_whole(const struct Connection* one) {
  const char* end = strstr(one->answer, "\r\n\r\n");
  const char* length = strcasestr(one->answer, "content-length:");
  if (end == NULL || length == NULL || length > end) return 0;
  return one->received >= (size_t)(end + 4 - one->answer) + (size_t)atol(length + 15);
}

static void receive(struct Connection* one) {
  ssize_t size = recv(one->fd, one->answer + one->received, kAnswerMost - one->received, 0);
  if (size < 0 && errno == EAGAIN) return;
  if (size > 0) {
    one->received += (size_t)size;
    one->answer[one->received] = 0;
    if (!is_whole(one)) return;
    ++*(strncmp(one->answer, "HTTP/1.1 200", 12) == 0 ? &good : &bad);
    if (keep) {
      ask(one);
      return;
    }
  } else {
    ++bad;
  }
  close(one->fd);
  begin(one);
}

int main(int count, char** values) {
  if (count != 7) return 64;
  address.sin_family = AF_INET;
  address.sin_port = htons((unsigned short)atoi(values[2]));
  inet_pton(AF_INET, values[1], &address.sin_addr);
  const int at_once = atoi(values[4]);
  keep = atoi(values[5]);
  if (at_once < 1 || at_once > kConnectionsMost) return 64;
  snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: bench\r\nConnection: %s\r\n\r\n",
           values[3], keep ? "keep-alive" : "close");
  epoll = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < at_once; ++i)
    begin(&connections[i]);
  const double end = now() + atof(values[6]);
  while (now() < end) {
    struct epoll_event events[256];
    int ready = epoll_wait(epoll, events, 256, 100);
    for (int i = 0; i < ready; ++i)
      receive(events[i].data.ptr);
  }
  printf("%ld %ld\n", good, bad);
  return 0;
}
