import type { Group } from './entry.ts'

export const CONTENT = {
  title: 'What is served',
  entries: {
    DocumentRoot: {
      text: [
        "The folder whose files are served to everybody. Nothing outside it is ever served: a symbolic link that leads out of it is answered with 403, unless `FollowSymLinksTo` names where it leads. Names that begin with a dot are not found, save those of `AllowDotNames`. The user of the server must be able to read and enter the folder. It must hold neither the configuration nor a log nor the control socket, which would be published too; if it is somebody's home, the server warns.",
      ],
      examples: ['DocumentRoot /var/www/html'],
    },
    DirectoryIndex: {
      text: [
        'The files that stand for their folder: the first that exists is sent to whoever asks for the folder. The names have no slash and begin with no dot; or they are paths that begin with a slash, for one file that stands for every folder. With `disabled` there are none. A folder without an index is answered with 403, or listed if `Options` has `Indexes`.',
      ],
      examples: ['DirectoryIndex index.html index.htm'],
    },
    Alias: {
      text: [
        'Serves a *folder* elsewhere at a *path*, and at all below it. Nothing outside that folder is served there, and links may lead within it alone, and to where `FollowSymLinksTo` lets them. Of several whose path matches the first in the file counts. A final slash means nothing on either side, and `<Directory>` sections look at the path on the disk.',
      ],
      examples: ['Alias /icons /usr/share/icons'],
    },
    FollowSymLinksTo: {
      text: [
        'A folder outside of `DocumentRoot` that symbolic links may lead to, such as a disk of photographs, with all below it; links to any other place are answered with 403. It says so for the host that it stands in, also in the folders of `Alias`, and for nobody where `Options` follows no links. It is the folder itself that counts: a link in its place leads to wherever that leads now. Whoever may write into `DocumentRoot` can publish all that is in it.',
      ],
      examples: ['FollowSymLinksTo /srv/photographs'],
    },
    CleanUrls: {
      text: [
        'Whether `page.html` is served at `/page`, without the end of its name: clients that ask for `/page.html` are sent there, and those that ask for `/index.html`, or whatever `DirectoryIndex` names, to the folder. A file that is called `page` outweighs `page.html`, and that outweighs a folder `page`. Who may have the page may have it by both paths: a section that keeps somebody from one keeps him from the other, and both have to be opened to open it.',
      ],
    },
    DirectorySlash: {
      text: [
        'Whether a client that asks for a folder without its final slash is sent to the path with it. With `Off` it is answered with 403: neither index nor listing are sent for such a path, since what they link to would be looked for in the wrong folder.',
      ],
    },
    IndexIgnore: {
      text: [
        'Names that stand in no listing, though they are served to whoever asks for them. Those of a section come on top of those outside. Upper case counts. Nothing is left out without it but names that begin with a dot; Apache is the same.',
      ],
      examples: ['IndexIgnore *.bak *~ README'],
    },
    AllowDotNames: {
      text: [
        'The names that begin with a dot and are served all the same, wherever they are, with all that lies below them; every other such name is not found, nor is what lies below it. They replace the default, so write `.well-known` too if you want it: it is where certificates are applied for (RFC 8615). With `none` there are none. Listings show them, except for `.well-known`; `webserverctl precompress` leaves them alone.',
        'A Zarr store of version 2 needs `.zarray`, `.zattrs`, `.zgroup` and `.zmetadata`, a Git repository with its working files `.git` (which publishes all that was ever committed, and `.git/config`), a Mercurial one `.hg`.',
      ],
      examples: ['AllowDotNames .well-known .zarray .zattrs .zgroup .zmetadata'],
    },
    Options: {
      text: [
        '`Indexes` lists the folders that have no index: as a page that can be sorted, or as JSON when the client adds `?format=json` to the path. A listing shows what may be served, and at most 200,000 entries, fewer if their names have more than about 40 characters.',
        '`FollowSymLinks` follows symbolic links to files within `DocumentRoot`, and to those within the folders of `FollowSymLinksTo`. Without it every path that leads through a link is answered with 403, except that `DocumentRoot` itself may be one.',
        'Options without a sign replace the default, and `None` switches all of them off; options with `+` or `-` change it. The two kinds do not mix.',
      ],
      examples: ['Options +Indexes'],
    },
    ErrorDocument: {
      text: [
        'What explains an error to a person: a file below `DocumentRoot`, named by the path that a client would ask for; a *text* in quotes, sent as HTML; or, with `default`, the page built in. The status of the response remains what it is. While there is no such file, the page built in is sent.',
      ],
      examples: [
        'ErrorDocument 404 /errors/not-found.html',
        'ErrorDocument 503 "Too many visitors, please try again"',
      ],
    },
    FallbackResource: {
      text: [
        'The file that answers, with status 200, for every path that names nothing, as an application of a single page wants it. Hidden names are still not found.',
      ],
      examples: ['FallbackResource /index.html'],
    },
    Redirect: {
      text: [
        'Sends clients from a path, and from all that lies below it, to a *target*: a URL of `http` or `https`, or another path on this server. What the path of the request has beyond the one given here is appended to the target, and so is the query, unless the target has one of its own. It holds for every method, and before a file is looked for; of several that match, the first in the file counts.',
        'The status is `permanent` or `301`, `temp` or `302`, `seeother` or `303`, `307` or `308`; without one it is 302. With `gone`, which is 410, or with the number of any error from 400 to 599 there is no target, and the path is answered with that error. Redirects that would send a client in a circle are refused.',
      ],
      examples: [
        'Redirect permanent /blog https://blog.example.com',
        'Redirect /start /index.html',
        'Redirect gone /2019',
        'Redirect permanent / https://www.example.com/',
      ],
    },
    RedirectPermanent: {
      text: ['The same as `Redirect permanent`.'],
      examples: ['RedirectPermanent /blog https://blog.example.com/'],
    },
    RedirectTemp: {
      text: ['The same as `Redirect temp`.'],
      examples: ['RedirectTemp /start /index.html'],
    },
    RedirectMatch: {
      text: [
        'Sends clients elsewhere from every path in which a regular *expression* is found, of the kind that `HOSTS AND SECTIONS` describes. `$0` in the target stands for all that it has matched, `$1` to `$9` for its groups, percent-encoded so that they can neither begin a query nor end a path; nor may they stand in the name of a host. With `Redirect` it is asked in the order of the file.',
      ],
      examples: ['RedirectMatch permanent "^/(\\d{4})/(.*)\\.php$" /archive/$1/$2'],
    },
  },
} as const satisfies Group
