import type { Group } from './entry.ts'

export const SERVER = {
  title: 'Server and files',
  entries: {
    ServerRoot: {
      text: [
        'The folder where relative names of files and folders begin. Without it this is the folder of the configuration file, or the one above if that is called `etc`. A relative name given here begins there too.',
        'It must stand in the main file, not in an included one.',
      ],
    },
    Include: {
      text: [
        'Reads more directives from another file, or from every file that matches a pattern with `*`, `?`, `[...]` or `{...}`, in the order of their names. A file that is named must exist; a pattern may match nothing. Included files may include others, but not themselves.',
      ],
      examples: ['Include conf.d/*.conf'],
    },
    Listen: {
      text: [
        'Where connections are accepted: at a port of all addresses of the machine, IPv6 and IPv4, or at one address. An IPv6 address stands in brackets, and `*` stands for all addresses. So does `[::]`, unless `0.0.0.0` is listened on at the same port too: then each takes the clients of its kind. Other addresses of one port must not overlap. Host names are not accepted. Port `0` is any port that is free, which the server tells when it starts.',
        'What is spoken there may stand behind it: `https`, or `http`, which goes without saying but at port 443 and where a host has `SSLEngine`.',
        'With `unix:` it is a socket of `unix(7)` for a server in front on the same machine, such as `proxy_pass http://unix:/run/webserver/web.sock` of nginx; a relative path begins at `ServerRoot`, and it may have at most 107 bytes. `mode=0660` lets the user and the group of the server connect, which is the default, `mode=0666` everybody on the machine; `group=` names another group, of which the server must be a member. The file is there for as long as the server listens: one that a dead server has left is replaced, one on which somebody answers is a mistake, and so is a file of another kind. HTTP is spoken there, and `<VirtualHost *>` answers, or the main server; hosts with a port or an address do not. Clients have no address: `unix:` stands in the logs, `Require ip` names none of them, and `MaxConnectionsPerAddress` does not count them. What they have read is known to 48 KiB, so one that reads less within `Timeout` is given up.',
        'Ports below 1024 need the capability `CAP_NET_BIND_SERVICE`, which `webserver.service` grants. There must be at least one `Listen`, unless `webserver.socket` passes a socket, with which `Listen` has no effect.',
        'A reload opens what is new before it closes what is old. Connections at an address that is given up are served to their end.',
      ],
      examples: [
        'Listen 80',
        'Listen 127.0.0.1:8080',
        'Listen [2001:db8::1]:80',
        'Listen [::]:8080',
        'Listen unix:/run/webserver/web.sock mode=0666',
      ],
    },
    ServerName: {
      text: [
        'The name of the server, or of a host, in listings and in `%v` of the access log, without a port. Without it this is the name of the machine. A `<VirtualHost>` is found by it: see `HOSTS AND SECTIONS`. Without such sections the server answers by whatever name it is asked for, unless `StrictHostCheck` is `On`.',
      ],
      examples: ['ServerName www.example.com'],
    },
    ServerAlias: {
      text: [
        'More names by which a host is found. In them `*` stands for any characters, dots too, and `?` for one: `*.example.com` is `www.example.com` and `a.b.example.com`, but not `example.com`. An IPv6 address stands with or without its brackets. Upper case, a final dot and the port that a client names mean nothing.',
      ],
      examples: ['ServerAlias example.com *.example.net'],
    },
    StrictHostCheck: {
      text: [
        'Whether a request that names another host than those of `ServerName` and `ServerAlias` is refused, with 421, in place of being answered by the first host of its address. Apache answers 400. One that names none, as HTTP/1.0 allows, is answered.',
      ],
    },
    ControlSocket: {
      text: [
        'The socket of `unix(7)` through which `webserverctl(1)` talks to the server. It has mode 0660: root, the user and the group of the server may use it, and nobody else. A missing folder is made. The name may have at most 107 bytes.',
        'A reload that changes it answers on the old socket, then removes that. If somebody deletes the socket the server makes it again within ten seconds, and at once when it reloads. As long as it lives it holds a lock on the file of that name with `.lock` behind it.',
      ],
      examples: ['ControlSocket /run/webserver/webserver.sock'],
    },
    HealthPath: {
      text: [
        'The path at which a balancer, or whoever watches over the server, is told whether to send more: 200 with `ok`, or 503 with `draining` (`webserverctl drain`) or `stopping`, to GET, HEAD and OPTIONS. That comes before all redirects and rules: whatever host is named, if any, and whoever asks. What is at that path is not served any more. These requests are not logged, nor counted in what `webserverctl status` shows to be served; each takes a turn as any other, so that the answer also tells that turns go on.',
        'HTTP/1.1 demands a Host field of such a request too. For HAProxy that is `option httpchk` with `http-check send meth GET uri /-/health ver HTTP/1.1 hdr Host www.example.com`. A check that only connects does not do: with `webserver.socket` the kernel accepts connections for a server that has stopped.',
        'A client that is turned away for `MaxConnections` gets 503 there as everywhere.',
      ],
      examples: ['HealthPath /-/health'],
    },
    ServerTokens: {
      text: [
        'What the Server field of every response says: `Prod` the name alone, `Min` the version too, `Full` the system and the version of Node.js besides, and `Off` nothing, not even the field.',
      ],
    },
  },
} as const satisfies Group
