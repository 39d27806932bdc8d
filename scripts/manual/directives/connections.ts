import type { Group } from './entry.ts'

export const CONNECTIONS = {
  title: 'Connections and limits',
  entries: {
    KeepAlive: {
      text: ['Whether a connection may carry more than one request.'],
    },
    KeepAliveTimeout: {
      text: [
        'How long a connection may wait for its next request to begin before it is closed. A longer time spares clients new connections; what it costs is room within `MaxConnections`, and waiting connections make room by themselves.',
        'Behind a balancer that keeps connections open for its next requests, it should be longer than the balancer waits, or a request may come just when its connection is closed, for which visitors get 502: `65s` behind an ALB of AWS, which waits for 60 s; `620s` behind a balancer of Google, which waits for 600 s; nginx waits for 60 s (`keepalive_timeout` of its upstream). `MaxKeepAliveRequests 0` then leaves it to the balancer when a connection ends.',
      ],
    },
    MaxKeepAliveRequests: {
      text: [
        'How many requests a connection may carry before it is closed; `0` is no limit. Apache closes it after 100.',
      ],
    },
    RequestReadTimeout: {
      text: [
        'How long a client may take to send the head of a request, from its first byte, and then its body, however they dribble in; then it is answered with 408. A new connection on which nothing at all comes is closed after the time for a head.',
        "As in Apache, `header=` and `body=` give each a time of its own, in seconds or with a unit. With `MinRate` a second is added for each so many bytes that have come; a second time, as in `20-40`, is the longest that this may lead to. Without one the limits of a request bound it. Apache's 0, which is no limit, is not accepted.",
      ],
      examples: ['RequestReadTimeout header=20-40,MinRate=500', 'RequestReadTimeout body=20,MinRate=500'],
    },
    Timeout: {
      text: [
        'How long a client may take nothing of its response before the connection is reset. What counts is what the client has acknowledged, so one that takes a little now and then is not given up; nor is it reset for what it sends. It is looked at eight times within that time.',
      ],
    },
    SendMinRate: {
      text: [
        'How many bytes a second a client must take of its response, on an average over each `Timeout`: with `SendMinRate 500` and a Timeout of 60 s, 30000 bytes within any minute. A client that takes less is given up as one that takes nothing. Only time counts for which the response waits for its client. With `off`, a client may take as long as it likes, as long as it takes something.',
      ],
      examples: ['SendMinRate 500'],
    },
    LimitRequestLine: {
      text: ['The most bytes of a request line, without its end. A longer one is answered with 414.'],
    },
    LimitRequestFields: {
      text: ['The most fields of a request. More are answered with 431.'],
    },
    LimitRequestFieldSize: {
      text: [
        'The most bytes of one field of a request, its name included; all together may have four times as many. What is longer is answered with 431.',
      ],
    },
    LimitRequestBody: {
      text: [
        'The most bytes of the body of a request. No body is of any use to this server: it is read and discarded, so that the next request on the connection is found. A longer one is answered with 413.',
      ],
    },
    MaxConnections: {
      text: [
        'The most connections at a time. For one more, the connection that has been idle for longest is closed: one that waits for its next request, or that has sent nothing for a second after it was opened. If none is idle, the new client is answered with 503, once it has sent its request or a second has passed in the middle of it. `webserverctl status` counts those turned away, and the error log tells of them once a minute.',
        'What a connection holds in memory is bounded, whatever its client does: 80 KiB that were read ahead, a head that is not whole (`LimitRequestLine` and four times `LimitRequestFieldSize`), and 256 KiB of a response that its client does not take. With the defaults that is 376 KiB, or 376 MiB for 1024 clients who all do their worst at once. `FileCacheSize`, at most 128 MiB for listings, and 100 to 220 MiB for the process itself come to that.',
        'Each connection takes a file descriptor, and each download of a file above 256 KiB another one: the limit of the process (`LimitNOFILE` of the unit) must have room for them.',
      ],
    },
    MaxConnectionsPerAddress: {
      text: [
        'The most connections of one client at a time: of one IPv4 address, or of one IPv6 network of 64 bits. For one more it is done as by `MaxConnections`, among its own. Many people may stand behind one address, and all the world behind a proxy, unless `RemoteIPProxyProtocol` or `RemoteIPHeader` tells them apart.',
      ],
      examples: ['MaxConnectionsPerAddress 100'],
    },
    MaxWait: {
      text: [
        'How long a request may wait for its turn before the one in service, if that waits for its client, is set aside. It goes on at the end of the queue once its client has taken what it was sent. Slow clients cost the others this much, once for each connection.',
        'With `0` nobody waits for a slow client. With `off` every request is finished before the next, and a client that stalls holds up all others for as long as `Timeout` lets it. A reload puts another value in force at once, also for those who wait.',
      ],
    },
    FileCacheSize: {
      text: [
        'The most memory for small files, up to 256 KiB each, and for what is compressed; each counts as 3 KiB more than its bytes, for what is known of it. They are looked at again when they are asked for, at most every 100 ms, so no answer is older than that, save where no time tells of a change: see the caveats of webserver(8). Those asked for longest ago make room. With `off` every file is read from the disk each time.',
      ],
    },
  },
} as const satisfies Group
