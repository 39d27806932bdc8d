import type { Group } from './entry.ts'

export const ACCESS = {
  title: 'Who may have what',
  entries: {
    Require: {
      text: [
        'Who may have what is served; without one everybody may have everything. `all granted` is everybody, `all denied` nobody. `ip` names addresses, their first numbers such as `10.1`, and networks such as `10.1.0.0/16`, `10.1.0.0/255.255.0.0` and `2001:db8::/32`; clients of IPv4 are known by their IPv4 address wherever they come to. `valid-user` is whoever knows a password of `AuthUserFile`, `user` those of the names, `group` the members of the groups in `AuthGroupFile`. `not` turns the rest of the line around.',
        'Of several lines any suffices, unless `<RequireAll>`, `<RequireAny>` and `<RequireNone>` join them. Nobody is asked for a password whose address is enough, nor who could not be let in by one: that is answered with 403. What is required within a section takes the place of all that is required around it.',
        'It is judged before anything else, redirects included (Apache answers a `Redirect` first). It holds for all that a path leads to, whatever method, range or encoding is asked for, and for what is remembered of earlier answers. A sidecar such as `page.html.gz` is for those alone who may have its file too, where `Precompressed` is on. Whoever may not have an index of a folder, and no other index, is refused the folder as that index would be, and is not sent a listing in its place. Where it cannot be judged, since a file of passwords or groups is missing or something is not given, nobody is let in, and the answer is 500.',
        'Who is not let in stands in the error log as Apache writes it, so that the filter `apache-auth` of `fail2ban(1)` takes these lines as they are.',
      ],
      examples: ['Require ip 192.0.2.0/24 2001:db8::/32', 'Require all denied'],
    },
    AuthType: {
      text: [
        'With `Basic` a browser asks for a name and a password, and sends both with each request from then on, as they are: only a proxy on the same machine that speaks HTTPS, or a network that can be trusted, keeps them secret. It is refused where no `Require` asks for anybody.',
      ],
    },
    AuthName: {
      text: [
        'What a browser shows where it asks for the password. Names and passwords are sent in UTF-8, which the challenge asks for.',
      ],
      examples: ['AuthName "Members only"'],
    },
    AuthUserFile: {
      text: [
        'A line such as `name:hash` for each user, as `webserverctl password` and the `htpasswd` of Apache write them; of a name that stands there twice the first line counts. Hashes that begin with `$2y$`, `$2b$`, `$2a$` (bcrypt), `$apr1$`, `$1$`, `$5$`, `$6$`, `$y$` (yescrypt) or `{SHA}` are known; `$5$`, `$6$` and `$y$` need the libcrypt that Linux systems bring. A password that stands there as it is, or by DES, lets nobody in.',
        'The file is read again when it has changed, within 100 ms, and may have 4 MiB. A password is checked before the turn, by a process of a lower priority that is started with the first one, takes some 45 MB, and ends after a minute without any; what was right is known for 5 minutes, or until the line changes. A check may take 10 seconds. 256 may wait, 8 of them of one address (an IPv6 network of 64 bits), for 10 seconds and each address in its turn; one more is answered with 503, as is one that has waited for so long.',
        'It is refused if it would be published, unless its name begins with `.ht`, and warned of if everybody on the machine may read it.',
      ],
      examples: ['AuthUserFile /etc/webserver/users'],
    },
    AuthGroupFile: {
      text: ['A line such as `group: name name` for each group; lines of the same group add up.'],
      examples: ['AuthGroupFile /etc/webserver/groups'],
    },
  },
} as const satisfies Group
