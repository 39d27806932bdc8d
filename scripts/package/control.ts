export interface ControlFields {
  readonly version: string
  /** As Debian calls it. */
  readonly architecture: string
  /** `Name <address>`. */
  readonly maintainer: string
  readonly dependencies: readonly string[]
  /** Bytes of all files. */
  readonly size: number
}

/** The control file of the Debian package. */
export function controlFile({
  version,
  architecture,
  maintainer,
  dependencies,
  size,
}: ControlFields): string {
  return `Package: webserver
Version: ${version}
Architecture: ${architecture}
Maintainer: ${maintainer}
Installed-Size: ${Math.ceil(size / 1024)}
Depends: ${dependencies.join(', ')}
Suggests: logrotate
Provides: httpd
Section: httpd
Priority: optional
Description: static web server that serves one request at a time
 It serves the files of a folder over HTTP/1.1, from raw sockets and in the
 order in which requests arrive. A download that keeps others waiting is set
 aside until its client has caught up, so slow clients hold nobody up.
 .
 The configuration and the access logs are in Apache's languages. The command
 webserverctl shows who is served and who waits, and puts a new configuration
 in force without interrupting anybody.
`
}
