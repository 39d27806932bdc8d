import type { Group } from './entry.ts'

export const HTTPS = {
  title: 'HTTPS',
  entries: {
    SSLEngine: {
      text: [
        'Whether HTTPS is spoken at the ports of a `<VirtualHost>`, or, outside of all sections, at all ports. All hosts of a port speak the same: HTTPS, if one of them says `On`. What `Listen` says of a port counts before this; where neither says anything, HTTPS is spoken at port 443 if there is any certificate. A client that speaks HTTP there is answered in the clear, with 400. Of a socket that `webserver.socket` passes it is decided when the server starts, and a reload warns.',
      ],
      examples: ['SSLEngine On'],
    },
    SSLCertificateFile: {
      text: [
        'A file in PEM with the certificate of a host, and behind it those that vouch for it, each for the one before: `fullchain.pem` of certbot. A host that has one of its own leaves aside those outside of it. With several, one for each kind of key, a client gets that which it can check. Which host a client means is told by its name (SNI), as for `Host`; whoever names none gets the certificate of the first host at that address.',
        'A certificate that was renewed is in force within a minute, or at once by `webserverctl reload`, for new connections; open ones and sessions that clients resume go on. Where it does not fit its key, or cannot be read, the old one stays in force, and the error log says so. It warns of certificates 21 days, 7 days and a day before they expire.',
      ],
      examples: ['SSLCertificateFile /etc/webserver/fullchain.pem'],
    },
    SSLCertificateKeyFile: {
      text: [
        'A file in PEM with the private key of a certificate, without passphrase. Of several each is used for the certificate that it was made with. Without this directive the key stands in the file of the certificate. The user of the server must be able to read it, and others should not: with systemd, `LoadCredential=key.pem:/etc/...` in the unit lets the server have a key that only root can read, at `/run/credentials/webserver.service/key.pem`.',
      ],
      examples: ['SSLCertificateKeyFile /etc/webserver/privkey.pem'],
    },
    SSLProtocol: {
      text: [
        'The versions of TLS that are spoken: those that are named, or with `+` and `-` before them what is added and left out, as in `all -TLSv1.2`. Versions before 1.2 are not spoken (RFC 8996), and may only be left out. In TLS 1.2 only ciphers are used that keep old connections secret once a key gets known (ECDHE with AES-GCM or ChaCha20). It counts for the host of the certificate.',
      ],
      examples: ['SSLProtocol TLSv1.3'],
    },
  },
} as const satisfies Group
