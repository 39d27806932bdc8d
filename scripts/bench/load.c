/*
 * Clients that ask a server for as much as they can, or at a fixed rate, and check what they get.
 *
 * Usage: load -p PORT -q FILE [-o FILE] [-c N] [-t SECONDS] [-w SECONDS] [-n N] [-d N] [-r N] [-e STATUS] [-x] [-i]
 *
 *   -p  port on 127.0.0.1            -t  seconds to measure, after -w seconds to warm up
 *   -c  connections                  -n  or measure until so many are answered
 *   -q  file of requests, each with its empty line; taken in turn
 *   -o  file that gives another order: their numbers, four bytes each in the order of this machine
 *   -d  requests sent at a time      -r  requests a second, all connections together; 0 is as many as it can
 *   -e  status that is expected      -x  a new connection for each request
 *   -i  idle: one request on each connection, then nothing but holding it
 *
 * Prints `begin` when it begins to measure and one line of JSON in the end; then holds its connections until its
 * standard input ends. Latencies are microseconds. At a rate they are counted from when a request should have been
 * sent, so that a server that stalls cannot hide the requests it kept from being sent (coordinated omission).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000ull
#define LARGEST_HEAD 16384
#define SINK (1 << 20)
#define LONGEST_LATENCY 2000000
/* Connections that may wait for their first answer at a time: fewer than any server's backlog. */
#define OPENING 100
/* Source addresses, so that ports do not run out. */
#define SOURCES 16
/* How long none of the connections that are opened may be answered; those left by then count as unanswered. */
#define PATIENCE (3 * SECOND / 2)
/* How long answers may be late at a rate, once it is over. */
#define GRACE (2 * SECOND)

enum awaited { HEAD, BODY, CHUNK_SIZE, CHUNK, TRAILER };

struct connection {
    int socket;
    enum awaited awaited;
    /* Bytes of the body, or of the chunk, that are to come. */
    uint64_t remaining;
    /* Requests sent and not answered, and when they were, or should have been, sent. */
    unsigned unanswered;
    uint64_t sent;
    /* Whether anything has ever come. */
    bool has_answered;
    /* Whether anything has come since measuring began. */
    bool is_heard;
    bool is_last_response;
    bool is_unexpected;
    /* Requests wait until it is connected. */
    bool is_connecting;
    size_t buffered;
    char buffer[LARGEST_HEAD];
};

struct request {
    const char *bytes;
    size_t size;
};

static struct {
    int port, status, depth, connections;
    double seconds, warm_up, rate;
    uint64_t count;
    bool closes, idles;
} settings = {.status = 200, .depth = 1, .connections = 1, .seconds = 1};

static struct {
    uint64_t responses, bytes, opened, unexpected, aborted, malformed;
} counts;

static struct request *requests;
static size_t request_count;
static uint32_t *order;
static size_t order_count;
static size_t next_in_order;

static struct connection *connections;
static int opened_count;
static int answered_count;
static struct connection **resting;
static int resting_count;
/* At a rate: when the first request is due, and how many have been sent since. */
static uint64_t rate_begin;
static uint64_t rate_sent;
/* Each connection makes one request while they are opened, since a server that is busy is slow to accept. */
static bool is_opening = true;
static bool is_over;

static uint32_t latencies[LONGEST_LATENCY + 1];
static char sink[SINK];
static int poll_descriptor;

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "r");
    struct stat status;
    if (file == NULL || fstat(fileno(file), &status) != 0)
        err(1, "Cannot read %s", path);
    *size = (size_t)status.st_size;
    char *bytes = malloc(*size + 1);
    if (bytes == NULL || fread(bytes, 1, *size, file) != *size)
        err(1, "Cannot read %s", path);
    fclose(file);
    return bytes;
}

static void read_requests(const char *path)
{
    size_t size;
    const char *at = read_file(path, &size);
    const char *end = at + size;
    while (at < end) {
        const char *empty_line = memmem(at, (size_t)(end - at), "\r\n\r\n", 4);
        if (empty_line == NULL)
            errx(1, "Expected an empty line after each request in %s", path);
        requests = realloc(requests, (request_count + 1) * sizeof *requests);
        requests[request_count++] = (struct request){at, (size_t)(empty_line + 4 - at)};
        at = empty_line + 4;
    }
}

static const struct request *next_request(void)
{
    if (order_count == 0)
        return &requests[next_in_order++ % request_count];
    return &requests[order[next_in_order++ % order_count] % request_count];
}

static void send_requests(struct connection *connection, uint64_t since)
{
    char bytes[65536];
    size_t size = 0;
    for (int index = 0; index < settings.depth; index++) {
        const struct request *request = next_request();
        memcpy(bytes + size, request->bytes, request->size);
        size += request->size;
    }
    connection->unanswered = (unsigned)settings.depth;
    connection->sent = since;
    /* Any other failure shows when nothing can be received. */
    bool has_to_wait = send(connection->socket, bytes, size, MSG_NOSIGNAL) < 0 && errno == EAGAIN;
    if (connection->is_connecting != has_to_wait) {
        connection->is_connecting = has_to_wait;
        struct epoll_event event = {.events = EPOLLIN | (has_to_wait ? EPOLLOUT : 0), .data.ptr = connection};
        epoll_ctl(poll_descriptor, EPOLL_CTL_MOD, connection->socket, &event);
    }
}

static void ask(struct connection *connection)
{
    if (settings.rate == 0) {
        send_requests(connection, now());
        return;
    }
    resting[resting_count++] = connection;
}

/* Sends what is due, as far as connections are free for it. */
static void send_due(void)
{
    uint64_t time = now();
    while (resting_count > 0 && !is_over) {
        uint64_t due = rate_begin + (uint64_t)((double)rate_sent / settings.rate * SECOND);
        if (due > time)
            return;
        rate_sent++;
        send_requests(resting[--resting_count], due);
    }
}

static void open_connection(struct connection *connection)
{
    static unsigned source;
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + source++ % SOURCES)};
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)settings.port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (descriptor < 0 || bind(descriptor, (struct sockaddr *)&from, sizeof from) != 0)
        err(1, "Cannot make a socket");
    if (connect(descriptor, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS)
        err(1, "Cannot connect to port %d", settings.port);
    counts.opened++;
    connection->socket = descriptor;
    connection->awaited = HEAD;
    connection->buffered = 0;
    connection->unanswered = 0;
    connection->is_last_response = false;
    connection->is_connecting = false;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    epoll_ctl(poll_descriptor, EPOLL_CTL_ADD, descriptor, &event);
}

static void open_next(void)
{
    if (opened_count == settings.connections)
        return;
    struct connection *connection = &connections[opened_count++];
    open_connection(connection);
    send_requests(connection, now());
}

static void reopen(struct connection *connection)
{
    close(connection->socket);
    open_connection(connection);
}

/* The value of a field, or NULL; name with its colon, in lower case. */
static const char *find_field(const char *head, const char *end, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = head; line != NULL && line + 2 + length < end; line = memmem(line, (size_t)(end - line), "\r\n", 2)) {
        line += line == head ? 0 : 2;
        if ((*line | 0x20) == *name && strncasecmp(line, name, length) == 0)
            return line + length + strspn(line + length, " ");
        line += line == head ? 1 : 0;
    }
    return NULL;
}

static void read_head(struct connection *connection, const char *head, const char *end)
{
    int status = atoi(head + 9);
    connection->is_unexpected = status != settings.status;
    const char *persistence = find_field(head, end, "connection:");
    connection->is_last_response = persistence == NULL ? strncmp(head, "HTTP/1.0", 8) == 0
                                                       : strncasecmp(persistence, "close", 5) == 0;
    const char *length = find_field(head, end, "content-length:");
    connection->remaining = 0;
    connection->awaited = BODY;
    if (status == 304)
        return;
    if (length != NULL)
        connection->remaining = strtoull(length, NULL, 10);
    else if (find_field(head, end, "transfer-encoding:") != NULL)
        connection->awaited = CHUNK_SIZE;
    else
        counts.malformed++;
}

static void count_response(struct connection *connection)
{
    uint64_t latency = (now() - connection->sent) / 1000;
    latencies[latency < LONGEST_LATENCY ? latency : LONGEST_LATENCY]++;
    counts.responses++;
    counts.unexpected += connection->is_unexpected;
    connection->awaited = HEAD;
    connection->unanswered--;
}

/* Takes one element off the bytes that are there; returns how many it took, 0 when it needs more. */
static size_t take(struct connection *connection, const char *bytes, size_t size)
{
    switch (connection->awaited) {
    case HEAD: {
        const char *end = memmem(bytes, size, "\r\n\r\n", 4);
        if (end == NULL)
            return 0;
        read_head(connection, bytes, end + 2);
        if (connection->awaited == BODY && connection->remaining == 0)
            count_response(connection);
        return (size_t)(end + 4 - bytes);
    }
    case BODY:
    case CHUNK: {
        size_t taken = size < connection->remaining ? size : connection->remaining;
        connection->remaining -= taken;
        if (connection->remaining > 0)
            return taken;
        if (connection->awaited == BODY)
            count_response(connection);
        else
            connection->awaited = CHUNK_SIZE;
        return taken;
    }
    case CHUNK_SIZE:
    case TRAILER: {
        const char *end = memmem(bytes, size, "\r\n", 2);
        if (end == NULL)
            return 0;
        if (connection->awaited == TRAILER) {
            count_response(connection);
        } else {
            uint64_t length = strtoull(bytes, NULL, 16);
            connection->remaining = length + 2;
            connection->awaited = length == 0 ? TRAILER : CHUNK;
        }
        return (size_t)(end + 2 - bytes);
    }
    }
    return 0;
}

static void go_on(struct connection *connection)
{
    if (is_opening || settings.idles || is_over)
        return;
    if (settings.closes || connection->is_last_response)
        reopen(connection);
    ask(connection);
}

static void end_early(struct connection *connection)
{
    bool was_resting = connection->unanswered == 0;
    if (!was_resting)
        counts.aborted++;
    reopen(connection);
    if (!was_resting && !settings.idles)
        send_requests(connection, connection->sent == 0 ? now() : connection->sent);
}

static void receive(struct connection *connection)
{
    bool is_bulk = connection->buffered == 0 && connection->awaited == BODY && connection->remaining > LARGEST_HEAD;
    char *target = is_bulk ? sink : connection->buffer + connection->buffered;
    size_t room = is_bulk ? SINK : LARGEST_HEAD - connection->buffered;
    if (is_bulk && connection->remaining < room)
        room = connection->remaining;
    ssize_t received = recv(connection->socket, target, room, 0);
    if (received < 0 && errno == EAGAIN)
        return;
    if (received <= 0) {
        end_early(connection);
        return;
    }
    counts.bytes += (uint64_t)received;
    connection->is_heard = true;
    if (!connection->has_answered) {
        connection->has_answered = true;
        answered_count++;
        open_next();
    }
    const char *bytes = is_bulk ? sink : connection->buffer;
    size_t size = is_bulk ? (size_t)received : connection->buffered + (size_t)received;
    size_t taken = 0;
    bool is_interrupted = false;
    while (taken < size && !is_interrupted) {
        unsigned unanswered = connection->unanswered;
        size_t step = take(connection, bytes + taken, size - taken);
        if (step == 0)
            break;
        taken += step;
        /* What was sent after the last request that the server wants on a connection is asked again. */
        is_interrupted = connection->unanswered < unanswered && connection->is_last_response;
    }
    connection->buffered = is_bulk ? 0 : size - taken;
    if (!is_bulk)
        memmove(connection->buffer, bytes + taken, connection->buffered);
    if (connection->buffered == LARGEST_HEAD)
        errx(1, "Expected a head of at most %d bytes", LARGEST_HEAD);
    if (connection->awaited == HEAD && (connection->unanswered == 0 || is_interrupted))
        go_on(connection);
}

/* Lets whatever comes happen, for a while that may be none. */
static void look(int milliseconds)
{
    struct epoll_event events[512];
    int ready = epoll_wait(poll_descriptor, events, 512, milliseconds);
    for (int index = 0; index < ready; index++) {
        struct connection *connection = events[index].data.ptr;
        if (connection->is_connecting)
            send_requests(connection, connection->sent);
        else
            receive(connection);
    }
    if (settings.rate > 0 && rate_begin > 0)
        send_due();
}

static void open_all(void)
{
    for (int index = 0; index < OPENING; index++)
        open_next();
    int answered = 0;
    uint64_t end = now() + PATIENCE;
    while (answered_count < settings.connections && now() < end) {
        look(10);
        if (answered_count > answered)
            end = now() + PATIENCE;
        answered = answered_count;
    }
    if (answered == 0)
        errx(1, "Expected an answer on port %d, got none", settings.port);
}

static void ask_on_all(void)
{
    is_opening = false;
    for (int index = 0; index < opened_count; index++)
        if (connections[index].unanswered == 0)
            go_on(&connections[index]);
}

/* At a rate, what has no answer; otherwise what was sent before a time and has not even the beginning of one. */
static uint64_t count_unanswered(uint64_t before)
{
    uint64_t count = 0;
    for (int index = 0; index < opened_count; index++)
        if (settings.rate > 0 || (connections[index].sent < before && !connections[index].is_heard))
            count += connections[index].unanswered;
    return count;
}

static double processor_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void run_until(uint64_t end)
{
    /* A client that slept until the next request is due would measure how long it takes to wake up. */
    int longest_wait = settings.rate > 0 ? 0 : 10;
    while (now() < end && (settings.count == 0 || counts.responses < settings.count))
        look(longest_wait);
}

static unsigned percentile(double share, uint64_t total)
{
    uint64_t wanted = (uint64_t)(share * (double)total);
    uint64_t seen = 0;
    for (unsigned latency = 0; latency <= LONGEST_LATENCY; latency++) {
        seen += latencies[latency];
        if (seen > wanted || (seen == total && seen > 0))
            return latency;
    }
    return 0;
}

static void print_result(double seconds, double processor, uint64_t unanswered)
{
    static const double SHARES[] = {0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9999, 1};
    printf("{\"seconds\":%.6f,\"responses\":%llu,\"bytes\":%llu,\"opened\":%llu,\"processorSeconds\":%.6f,"
           "\"failures\":{\"unexpected\":%llu,\"aborted\":%llu,\"malformed\":%llu,\"unanswered\":%llu},"
           "\"latencies\":[",
           seconds, (unsigned long long)counts.responses, (unsigned long long)counts.bytes,
           (unsigned long long)counts.opened, processor, (unsigned long long)counts.unexpected,
           (unsigned long long)counts.aborted,
           (unsigned long long)counts.malformed, (unsigned long long)unanswered);
    for (size_t index = 0; index < sizeof SHARES / sizeof *SHARES; index++)
        printf("%s[%g,%u]", index == 0 ? "" : ",", SHARES[index] * 100,
               percentile(SHARES[index], counts.responses));
    printf("]}\n");
    fflush(stdout);
}

static void measure(void)
{
    memset(&counts, 0, sizeof counts);
    memset(latencies, 0, sizeof latencies);
    for (int index = 0; index < opened_count; index++)
        connections[index].is_heard = false;
    printf("begin\n");
    fflush(stdout);
    double processor = processor_seconds();
    uint64_t begin = now();
    rate_begin = begin;
    rate_sent = 0;
    uint64_t end = begin + (uint64_t)(settings.seconds * SECOND);
    run_until(end);
    uint64_t measured = now() - begin;
    if (settings.rate > 0) {
        is_over = true;
        while (count_unanswered(begin) > 0 && now() < end + GRACE)
            look(0);
    }
    uint64_t unanswered = count_unanswered(begin);
    print_result((double)measured / SECOND, processor_seconds() - processor, unanswered);
}

static void read_arguments(int count, char **arguments)
{
    int option;
    while ((option = getopt(count, arguments, "p:c:q:o:t:w:n:d:r:e:xi")) != -1) {
        size_t size;
        switch (option) {
        case 'p': settings.port = atoi(optarg); break;
        case 'c': settings.connections = atoi(optarg); break;
        case 'q': read_requests(optarg); break;
        case 'o':
            order = (uint32_t *)read_file(optarg, &size);
            order_count = size / sizeof *order;
            break;
        case 't': settings.seconds = atof(optarg); break;
        case 'w': settings.warm_up = atof(optarg); break;
        case 'n': settings.count = strtoull(optarg, NULL, 10); break;
        case 'd': settings.depth = atoi(optarg); break;
        case 'r': settings.rate = atof(optarg); break;
        case 'e': settings.status = atoi(optarg); break;
        case 'x': settings.closes = true; break;
        case 'i': settings.idles = true; break;
        default: errx(2, "Usage: see the beginning of load.c");
        }
    }
    if (request_count == 0 || settings.port == 0)
        errx(2, "Expected a port and requests: see the beginning of load.c");
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int count, char **arguments)
{
    read_arguments(count, arguments);
    raise_descriptor_limit();
    poll_descriptor = epoll_create1(0);
    connections = calloc((size_t)settings.connections, sizeof *connections);
    resting = calloc((size_t)settings.connections, sizeof(struct connection *));
    open_all();
    if (settings.idles) {
        printf("begin\n");
        fflush(stdout);
    } else {
        rate_begin = now();
        ask_on_all();
        run_until(now() + (uint64_t)(settings.warm_up * SECOND));
        measure();
    }
    while (read(STDIN_FILENO, sink, SINK) > 0)
        ;
    return 0;
}
