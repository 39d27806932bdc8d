const USER = 'leave it out: the user is that of the systemd unit (User= and Group=)'
const BUILT_IN = 'leave it out: all there is is built in'
const ONE_PROCESS =
  'leave it out: one process serves one request at a time; MaxConnections bounds how many clients it has'
const NO_REWRITING =
  'there is no rewriting: Redirect and RedirectMatch send paths elsewhere, FallbackResource stands for what is not there, CleanUrls for the endings of pages'
const TLS = 'write SSLCertificateFile, SSLCertificateKeyFile and "Listen 443 https"'
const TLS_IS_MODERN =
  'leave it out: ciphers and sessions are chosen well, and SSLProtocol names the versions of TLS'
const NO_PROXY = 'requests are passed on to nobody'
const NO_PROGRAMS = 'programs are not run: only files are sent'
const NO_BLOCKS =
  'there are no blocks: all directives stand by themselves, each in a line without braces and semicolon'
const LISTING = 'listings have one form: "Options +Indexes" is all there is to say'
const ALREADY_SO = 'leave it out: it is so'
const NO_CACHE_SETTINGS = 'leave it out: FileCacheSize bounds the memory for files'

/** What administrators bring from other servers, by the name there in lower case, and what to do about it here. */
const ADVICE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Apache: {
    user: USER,
    group: USER,
    ...all(['loadmodule', 'addmodule', 'clearmodulelist'], BUILT_IN),
    ...all(
      ['startservers', 'serverlimit', 'threadlimit', 'threadsperchild', 'maxrequestworkers'],
      ONE_PROCESS,
    ),
    ...all(
      ['maxclients', 'minspareservers', 'maxspareservers', 'minsparethreads', 'maxsparethreads'],
      ONE_PROCESS,
    ),
    ...all(['maxconnectionsperchild', 'maxrequestsperchild', 'listenbacklog', 'mutex'], ONE_PROCESS),
    ...all(['rewriteengine', 'rewriterule', 'rewritecond', 'rewritebase', 'aliasmatch'], NO_REWRITING),
    ...all(
      ['order', 'allow', 'deny'],
      'write "Require all granted", "Require all denied" or "Require ip ..."',
    ),
    satisfy: 'write <RequireAny> or <RequireAll> around the Require lines',
    authbasicprovider: 'leave it out: passwords are in the file that AuthUserFile names',
    authmerging: 'leave it out: what is required in a section takes the place of what is required around it',
    authzsendforbiddenonfailure: 'leave it out: who is not let in may try another name',
    sslcertificatechainfile: 'put what it has into the file of SSLCertificateFile, behind the certificate',
    ...all(['sslciphersuite', 'sslhonorcipherorder', 'sslsessioncache', 'sslsessiontickets'], TLS_IS_MODERN),
    ...all(['sslusestapling', 'sslstaplingcache', 'ssloptions', 'sslcompression'], TLS_IS_MODERN),
    ...all(
      ['sslverifyclient', 'sslverifydepth', 'sslcacertificatefile'],
      'clients are not asked for certificates: Require asks for passwords',
    ),
    ...all(['proxypass', 'proxypassreverse', 'proxyrequests', 'proxypreservehost'], NO_PROXY),
    ...all(
      ['addhandler', 'sethandler', 'action', 'scriptalias', 'setenv', 'setenvif', 'browsermatch'],
      NO_PROGRAMS,
    ),
    ...all(['setoutputfilter', 'addoutputfilterbytype', 'addoutputfilter'], 'write Compress'),
    ...all(['indexoptions', 'indexorderdefault', 'headername', 'readmename', 'addicon'], LISTING),
    ...all(['addiconbytype', 'addiconbyencoding', 'defaulticon', 'adddescription'], LISTING),
    ...all(
      ['remoteiptrustedproxylist', 'remoteipinternalproxylist'],
      'write RemoteIPTrustedProxy or RemoteIPInternalProxy with the networks themselves, in a file of its own for Include',
    ),
    remoteipproxiesheader: 'leave it out: no program is told which proxies a request has come through',
    serveradmin: 'leave it out: no page names an administrator',
    namevirtualhost: 'leave it out: each <VirtualHost> is found by its names',
    serversignature:
      'leave it out: pages do not name the server, and ServerTokens decides on the Server field',
    usecanonicalname:
      'leave it out: redirects lead to paths, whatever name the client used; StrictHostCheck refuses names that are not known',
    hostnamelookups: 'leave it out: addresses are logged as they are',
    expiresactive: 'leave it out: ExpiresByType and ExpiresDefault are in force wherever they stand',
    includeoptional: 'write Include with a pattern, which may match nothing',
    transferlog: 'write CustomLog, with "common" for the format',
    errorlogformat: 'leave it out: the error log has the form that Apache gives it',
    scoreboardfile: 'leave it out: "webserverctl turns" shows who is served',
    extendedstatus: 'leave it out: "webserverctl status" tells all there is',
    pidfile: 'leave it out: systemd knows the process, and webserverctl finds it by ControlSocket',
    typesconfig: 'leave it out: AddType adds to the types that are built in',
    addencoding:
      'leave it out: name.br, name.zst and name.gz beside a file are sent in its place (Precompressed)',
    fileetag: 'leave it out: entity-tags are made of size and time of change',
    allowoverride: 'leave it out: folders have no .htaccess here',
    accessfilename: 'leave it out: folders have no .htaccess here',
    enablesendfile: ALREADY_SO,
    enablemmap: ALREADY_SO,
    traceenable: 'leave it out: TRACE is never answered',
  },
  nginx: {
    user: USER,
    ...all(['http', 'events', 'server', 'location', 'map', 'upstream', 'if', 'types', '}'], NO_BLOCKS),
    ...all(['worker_processes', 'worker_connections', 'worker_rlimit_nofile', 'multi_accept'], ONE_PROCESS),
    ...all(['sendfile', 'tcp_nopush', 'tcp_nodelay', 'etag'], ALREADY_SO),
    ...all(['open_file_cache', 'open_file_cache_valid', 'open_file_cache_min_uses'], NO_CACHE_SETTINGS),
    ssl_certificate: 'write SSLCertificateFile',
    ssl_certificate_key: 'write SSLCertificateKeyFile',
    ssl_protocols: 'write SSLProtocol',
    ssl_ciphers: TLS_IS_MODERN,
    ...all(['proxy_pass', 'fastcgi_pass', 'uwsgi_pass'], NO_PROXY),
    ...all(['allow', 'deny'], 'write Require'),
    auth_basic: 'write "AuthType Basic", AuthName and "Require valid-user"',
    auth_basic_user_file: 'write AuthUserFile',
    ...all(['gzip', 'brotli', 'zstd'], 'write Compress'),
    ...all(['gzip_static', 'brotli_static'], 'write Precompressed'),
    ...all(
      ['gzip_types', 'gzip_comp_level', 'gzip_vary'],
      'leave it out: Compress knows what is worth compressing',
    ),
    ...all(['client_header_timeout', 'client_body_timeout'], 'write RequestReadTimeout'),
    server_name: 'write ServerName and ServerAlias, in a <VirtualHost>',
    root: 'write DocumentRoot',
    index: 'write DirectoryIndex',
    access_log: 'write CustomLog',
    log_format: 'write LogFormat',
    error_log: 'write ErrorLog, and LogLevel',
    error_page: 'write ErrorDocument',
    autoindex: 'write "Options +Indexes"',
    try_files: 'write FallbackResource',
    keepalive_timeout: 'write KeepAliveTimeout',
    keepalive_requests: 'write MaxKeepAliveRequests',
    send_timeout: 'write Timeout',
    client_max_body_size: 'write LimitRequestBody',
    large_client_header_buffers: 'write LimitRequestLine and LimitRequestFieldSize',
    limit_conn: 'write MaxConnectionsPerAddress',
    set_real_ip_from: 'write RemoteIPTrustedProxy',
    real_ip_header: 'write RemoteIPHeader, or RemoteIPProxyProtocol for proxy_protocol',
    real_ip_recursive: 'leave it out: RemoteIPTrustedProxy is asked for each address, from right to left',
    expires: 'write ExpiresDefault, or ExpiresByType',
    add_header: 'write Header',
    return: 'write Redirect',
    rewrite: NO_REWRITING,
    default_type: 'write DefaultType',
    charset: 'write AddDefaultCharset',
    server_tokens: 'write ServerTokens',
    disable_symlinks: 'write "Options -FollowSymLinks"',
    pid: 'leave it out: systemd knows the process, and webserverctl finds it by ControlSocket',
  },
  Caddy: {
    root: 'write DocumentRoot',
    file_server: 'leave it out: files are what is served; "Options +Indexes" is its browse',
    encode: 'write Compress',
    log: 'write CustomLog',
    bind: 'write Listen',
    redir: 'write Redirect',
    try_files: 'write FallbackResource',
    handle_errors: 'write ErrorDocument',
    tls: TLS,
    reverse_proxy: NO_PROXY,
    trusted_proxies: 'write RemoteIPTrustedProxy and RemoteIPHeader',
    basic_auth: 'write "AuthType Basic", AuthName, AuthUserFile and "Require valid-user"',
  },
  lighttpd: {
    'server.document-root': 'write DocumentRoot',
    'server.port': 'write Listen',
    'server.bind': 'write Listen',
    'server.errorlog': 'write ErrorLog',
    'accesslog.filename': 'write CustomLog',
    'accesslog.format': 'write LogFormat',
    'index-file.names': 'write DirectoryIndex',
    'dir-listing.activate': 'write "Options +Indexes"',
    'server.dir-listing': 'write "Options +Indexes"',
    'mimetype.assign': 'write AddType',
    'url.redirect': 'write Redirect',
    'server.error-handler-404': 'write FallbackResource, or ErrorDocument',
    'server.tag': 'write ServerTokens',
    'server.max-connections': 'write MaxConnections',
    'server.modules': BUILT_IN,
    'server.username': USER,
    'server.groupname': USER,
    'server.pid-file': 'leave it out: systemd knows the process, and webserverctl finds it by ControlSocket',
    'ssl.engine': TLS,
    'ssl.pemfile': TLS,
    'extforward.forwarder': 'write RemoteIPTrustedProxy',
    'extforward.headers': 'write RemoteIPHeader',
    'extforward.hap-proxy': 'write RemoteIPProxyProtocol',
    'url.rewrite': NO_REWRITING,
    'alias.url': 'write Alias',
  },
}

function all(names: readonly string[], advice: string): Record<string, string> {
  return Object.fromEntries(names.map(name => [name, advice]))
}

/** Whose a directive is that this server does not have, and what to do about it; undefined when nobody knows it. */
export function foreignDirective(
  name: string,
): { readonly server: string; readonly advice: string } | undefined {
  for (const [server, rows] of Object.entries(ADVICE)) {
    const key = name.toLowerCase()
    const advice = Object.hasOwn(rows, key) ? rows[key] : undefined
    if (advice !== undefined) return { server, advice }
  }
  return undefined
}

/** Every name that {@link foreignDirective} knows, with its advice. */
export const FOREIGN_DIRECTIVES = Object.values(ADVICE).flatMap(rows => Object.entries(rows))
