// bare_httpd PORT: libmicrohttpd that answers every request with OK, one thread, nothing stored:
// the floor of answering pings.
#include <microhttpd.h>
#include <stdlib.h>
#include <unistd.h>

static enum MHD_Result answer(void* nothing, struct MHD_Connection* connection, const char* url,
                              const char* method, const char* version, const char* bytes,
                              size_t* size, void** state) {
  (void)nothing, (void)url, (void)method, (void)version, (void)bytes;
  static int seen;
  if (*state == NULL) {
    *state = &seen;
    return MHD_YES;
  }
  if (*size > 0) {
    *size = 0;
    return MHD_YES;
  }
  struct MHD_Response* response = MHD_create_response_from_buffer(2, "OK", MHD_RESPMEM_PERSISTENT);
  enum MHD_Result queued = MHD_queue_response(connection, 200, response);
  MHD_destroy_response(response);
  return queued;
}

int main(int count, char** values) {
  if (count != 2) return 64;
  struct MHD_Daemon* daemon =
      MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, (unsigned short)atoi(values[1]), NULL, NULL,
                       answer, NULL, MHD_OPTION_CONNECTION_LIMIT, 1024U, MHD_OPTION_END);
  if (daemon == NULL) return 1;
  pause();
  return 0;
}
