/*
 * The floor that no server gets below: an epoll loop that looks for the end of each head and answers with the same
 * bytes. No files, no log, no rules.
 *
 * Usage: constant PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BODY 1024
#define MOST_PIPELINED 64
#define END_OF_HEAD "\r\n\r\n"

static char responses[MOST_PIPELINED * 2048];
static size_t response_size;

static void compose_responses(void)
{
    char body[BODY + 1];
    memset(body, 'x', BODY);
    body[BODY] = '\0';
    response_size = (size_t)sprintf(responses,
                                    "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nServer: constant\r\n"
                                    "Content-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s",
                                    BODY, body);
    for (int copy = 1; copy < MOST_PIPELINED; copy++)
        memcpy(responses + copy * response_size, responses, response_size);
}

/* Clients here never split a head over two packets. */
static size_t count_heads(const char *bytes, size_t size)
{
    size_t count = 0;
    const char *end = bytes + size;
    while ((bytes = memmem(bytes, (size_t)(end - bytes), END_OF_HEAD, 4)) != NULL) {
        bytes += 4;
        count++;
    }
    return count;
}

static void serve(int client)
{
    char requests[65536];
    ssize_t received = read(client, requests, sizeof requests);
    size_t heads = received > 0 ? count_heads(requests, (size_t)received) : 0;
    if (heads > MOST_PIPELINED)
        heads = MOST_PIPELINED;
    if (received <= 0 || write(client, responses, heads * response_size) < 0)
        close(client);
}

int main(int count, char **arguments)
{
    if (count != 2)
        errx(2, "Usage: constant PORT");
    compose_responses();

    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((unsigned short)atoi(arguments[1])),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 4096) != 0)
        err(1, "Cannot listen on port %s", arguments[1]);

    int poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        struct epoll_event events[256];
        int ready = epoll_wait(poll, events, 256, -1);
        for (int index = 0; index < ready; index++) {
            if (events[index].data.fd != listener) {
                serve(events[index].data.fd);
                continue;
            }
            int client;
            while ((client = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                event.data.fd = client;
                epoll_ctl(poll, EPOLL_CTL_ADD, client, &event);
            }
        }
    }
}
