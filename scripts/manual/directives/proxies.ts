import type { Group } from './entry.ts'

export const PROXIES = {
  title: 'Behind a proxy',
  entries: {
    RemoteIPProxyProtocol: {
      text: [
        'Whether each connection begins with a PROXY header, of version 1 or 2, in which a proxy such as HAProxy (`send-proxy`, `send-proxy-v2`) says for whom it is; with HTTPS it comes before TLS. The client in it is the client for all purposes: in logs (`%a`, `%h` and `%{remote}p`; `%{c}a` is the proxy), for `Require ip`, and for `MaxConnectionsPerAddress`. `RemoteIPHeader` is not looked at then. A connection that the proxy makes for itself, as for its checks (`LOCAL`), or for a client of which it tells nothing (`UNKNOWN`, or an address that is none of IP), is its own; Apache takes the header from everybody, and closes some of these.',
        'It counts for all ports and Unix sockets, or in a `<VirtualHost>` for those of the host; all hosts of a port must say the same. A reload puts it in force for new connections.',
        'Whoever may not send the header (`RemoteIPTrustedProxy`) is cut off at once; so is a connection on which it is missing, malformed or longer than 4096 bytes, or not there within the time that `RequestReadTimeout` gives a head. The error log tells of each kind once a minute. Until its header has come, a connection counts for `MaxConnections` alone.',
      ],
      examples: ['RemoteIPProxyProtocol On'],
    },
    RemoteIPProxyProtocolExceptions: {
      text: [
        'Addresses and networks, as for `Require ip`, or `unix:` for Unix sockets, that speak without a PROXY header at ports where others send one. They are clients as anywhere else: a header of theirs is not believed but refused as a malformed request.',
      ],
      examples: ['RemoteIPProxyProtocolExceptions 127.0.0.1 ::1'],
    },
    RemoteIPHeader: {
      text: [
        'The field of requests in which proxies name the client, such as `X-Forwarded-For`. It is read from right to left for as long as who has written an address is trusted: first the other end of the connection, then each address that was read. What stands left of the first that is not trusted anybody may have made up, and is not looked at. What is not an address by itself ends it too, be it one with a port, in quotes or in brackets. Without the field, or from anybody else, the client is the other end of the connection.',
        'The client so found is the client for all purposes, as with `RemoteIPProxyProtocol`; its port is not known, and is 0. As one connection may carry many clients, `MaxConnectionsPerAddress` bounds the requests under way of each, one more being answered with 503, and the connections of the proxies themselves are not counted. The log shows the field as it came; Apache takes out of it what was believed.',
        'There must be a list of proxies, `RemoteIPTrustedProxy` or `RemoteIPInternalProxy`. In Apache everybody is believed without one. The field `Forwarded` (RFC 7239) is not understood.',
      ],
    },
    RemoteIPTrustedProxy: {
      text: [
        'The addresses and networks of proxies, as for `Require ip`, or `unix:` for whoever comes to a Unix socket, that are believed who the client is: by `RemoteIPHeader` unless they name an address that no client on the internet has, which is loopback, private, link-local, or IPv6 outside of 2000::/3; and by `RemoteIPProxyProtocol` whatever they name. Of several lines all count; a `<VirtualHost>` that has its own leaves aside those outside of it, of `RemoteIPInternalProxy` too.',
        'Without any of the two directives a PROXY header is taken at Unix sockets, and from loopback and private addresses (127.0.0.0/8, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, ::1 and fc00::/7), and a check warns. Where the hosts of one port name different proxies, only who is named by each of them may send the header.',
      ],
      examples: ['RemoteIPTrustedProxy 192.0.2.10 2001:db8::/64'],
    },
    RemoteIPInternalProxy: {
      text: [
        'The same for proxies that are believed by `RemoteIPHeader` a private address too, for clients in the house. Where an address is of networks of both directives, the first in the file counts.',
      ],
      examples: ['RemoteIPInternalProxy 10.0.0.5'],
    },
  },
} as const satisfies Group
