import { isDeepStrictEqual } from 'node:util'
import { haveSame } from '../config/changes.ts'
import type { Config, TcpAddress, UnixAddress } from '../config/config.ts'
import { protocolAt } from '../config/https.ts'
import { formatListenAddress } from '../config/values/listen-address.ts'
import { ControlServer } from '../control/control-server.ts'
import type { Daemon } from '../control/daemon.ts'
import { isOutOfDescriptors, OUT_OF_DESCRIPTORS } from '../files/descriptors.ts'
import { AccessLog, logFiles } from '../log/access-log.ts'
import { ErrorLog } from '../log/error-log.ts'
import { ErrorLogs, ownErrorLogs } from '../log/error-logs.ts'
import type { Reception } from '../network/listening/acceptor.ts'
import { Listener } from '../network/listening/listener.ts'
import type { OpenListener } from '../network/listening/open-listener.ts'
import { PassedListener } from '../network/listening/passed-listener.ts'
import { UnixListener } from '../network/listening/unix-listener.ts'
import type { ActivationSockets } from '../systemd/activation.ts'
import { systemClock } from '../turn/clock.ts'
import { checkFree } from '../unix/socket-path.ts'
import { WarningThrottle } from './warning-throttle.ts'

/** Who uses the open resources, and hears of their problems. */
export interface ResourceUser extends Daemon, Reception {
  /** The error log in force, once there is one: what a configuration has open may outlive its own. */
  readonly errorLog: ErrorLog | undefined
}

/** Tells the administrator of a problem in one part of the server. */
type ReportProblem = (module: string, message: string) => void

/** Everything one configuration has open. */
export interface OpenResources {
  readonly config: Config
  readonly errorLog: ErrorLog
  /** Of hosts that have one of their own. */
  readonly hostErrorLogs: ErrorLogs
  readonly accessLog: AccessLog
  readonly control: ControlServer
  readonly listeners: readonly OpenListener[]
}

/**
 * Opens what a configuration names, and takes over from `previous` what it names in the same way.
 *
 * @param sockets Stand in for those that the configuration names.
 * @throws The first Error met; everything opened until then is closed again, and `previous` is untouched.
 */
export async function openResources(
  config: Config,
  user: ResourceUser,
  sockets: ActivationSockets,
  previous?: OpenResources,
): Promise<OpenResources> {
  await using opened = new AsyncDisposableStack()
  const same = (...fields: readonly (keyof Config)[]) =>
    previous !== undefined && haveSame(config, previous.config, fields)

  const errorLog =
    previous !== undefined && same('errorLog', 'logLevel', 'logRotate', 'logKeep', 'logCompress')
      ? previous.errorLog
      : opened.adopt(new ErrorLog(config), log => log.close())
  const hostErrorLogs =
    previous !== undefined &&
    same('logLevel', 'logRotate', 'logKeep', 'logCompress') &&
    isDeepStrictEqual(ownErrorLogs(config), ownErrorLogs(previous.config))
      ? previous.hostErrorLogs
      : opened.adopt(new ErrorLogs(config, ownErrorLogs(config)), logs => logs.close())
  const report = reportTo(user, errorLog)
  const accessLog =
    previous !== undefined &&
    same('bufferedLogs', 'logRotate', 'logKeep', 'logCompress') &&
    isDeepStrictEqual(logFiles(config), logFiles(previous.config))
      ? previous.accessLog
      : opened.adopt(openAccessLog(config, report), log => log.close())

  // Nothing else keeps two servers of one name from sharing the port.
  if (previous === undefined && config.instance !== undefined && sockets.control === undefined)
    await checkFree(config.controlSocket, 'ControlSocket')
  const listeners =
    sockets.http.length === 0
      ? await openListeners(config, user, report, opened, previous)
      : (previous?.listeners ?? (await adoptListeners(config, sockets.http, user, report, opened)))

  const control =
    previous !== undefined &&
    (sockets.control !== undefined || same('controlSocket') || previous.control.isAt(config.controlSocket))
      ? previous.control
      : await openControl(config, user, sockets.control, report)
  opened.move()
  return { config, errorLog, hostErrorLogs, accessLog, control, listeners }
}

/**
 * What a start with this configuration would refuse, though the configuration is right in itself: one line each, with
 * the place of the directive. Nothing is opened for long, and no port of another server is needed.
 */
export async function findObstacles(config: Config, sockets: ActivationSockets): Promise<string[]> {
  if (sockets.http.length > 0) return []
  if (config.listen.length === 0) return [nothingToListenOn(config)]
  const obstacles = await Promise.all(
    config.listen.map(address =>
      address.path === undefined ? Listener.obstacleTo(address) : UnixListener.obstacleTo(address),
    ),
  )
  const places = config.origins.get('Listen') ?? []
  return obstacles.flatMap((obstacle, index) =>
    obstacle === undefined ? [] : [`${places[index]}: ${obstacle}`],
  )
}

function nothingToListenOn({ file }: Config): string {
  return (
    `${file}: nothing to listen on; add a line such as "Listen 8080", ` +
    'which has no effect where systemd passes a socket'
  )
}

// Closures that live as long as a resource are made in functions of their own. A closure keeps alive whatever
// any closure of its function uses: made in openResources they would keep the resources before these, and so
// all there have ever been.

/** Reports to the error log in force; until there is one, to the first. */
function reportTo(user: ResourceUser, first: ErrorLog): ReportProblem {
  return (module, message) => (user.errorLog ?? first).error(module, message)
}

function openAccessLog(config: Config, report: ReportProblem): AccessLog {
  return new AccessLog(config, message => report('log', message))
}

async function openListeners(
  config: Config,
  user: ResourceUser,
  report: ReportProblem,
  opened: AsyncDisposableStack,
  previous: OpenResources | undefined,
): Promise<OpenListener[]> {
  const listeners: OpenListener[] = []
  if (config.listen.length === 0) throw new Error(nothingToListenOn(config))
  for (const address of config.listen) {
    const kept = previous?.listeners.find(listener => isDeepStrictEqual(listener.address, address))
    if (kept !== undefined) {
      listeners.push(kept)
      continue
    }
    const listener =
      address.path === undefined
        ? await openTcp(address, config, user, report, previous)
        : await openUnix(address, user, report, opened, previous)
    listeners.push(listener)
    if (previous?.listeners.includes(listener) !== true)
      opened.adopt(listener, each => retire([each], previous?.listeners))
  }
  return listeners
}

function openTcp(
  address: TcpAddress,
  config: Config,
  user: ResourceUser,
  report: ReportProblem,
  previous: OpenResources | undefined,
): Promise<Listener> {
  const rivals = rivalsOf(address, config, previous)
  for (const rival of rivals) rival.sharePort()
  const onProblem = acceptFailures(formatListenAddress(address), report)
  return Listener.open(address, user, onProblem, rivals.length > 0 || config.instance !== undefined)
}

/** A socket that is there, and shall have another mode or group, is given these. */
async function openUnix(
  address: UnixAddress,
  user: ResourceUser,
  report: ReportProblem,
  opened: AsyncDisposableStack,
  previous: OpenResources | undefined,
): Promise<UnixListener> {
  const standing = previous?.listeners
    .filter(listener => listener instanceof UnixListener)
    .find(listener => listener.address.path === address.path)
  if (standing === undefined) {
    const onProblem = acceptFailures(formatListenAddress(address), report)
    return UnixListener.open(address, user, onProblem, message => report('core', message))
  }
  const { address: before } = standing
  await standing.restore()
  standing.permit(address)
  opened.defer(() => standing.permit(before))
  return standing
}

async function adoptListeners(
  config: Config,
  descriptors: readonly number[],
  user: ResourceUser,
  report: ReportProblem,
  opened: AsyncDisposableStack,
): Promise<PassedListener[]> {
  const listeners: PassedListener[] = []
  for (const descriptor of descriptors) {
    const onProblem = acceptFailures('a socket that systemd has opened', report)
    const listener = await PassedListener.adopt(descriptor, user, onProblem, port => protocolAt(port, config))
    listeners.push(opened.adopt(listener, each => retire([each], undefined)))
  }
  return listeners
}

/** Makes those of its Unix sockets again that somebody has removed. */
export async function restoreSockets({ control, listeners }: OpenResources): Promise<void> {
  const sockets = listeners.filter(listener => listener instanceof UnixListener)
  await Promise.all([control, ...sockets].map(socket => socket.restore()))
}

/** Closes what is open, except what `successor` has taken over. */
export async function closeResources(open: OpenResources, successor?: OpenResources): Promise<void> {
  const leaving = open.listeners.filter(listener => !successor?.listeners.includes(listener))
  retire(leaving, successor?.listeners)
  if (open.accessLog !== successor?.accessLog) open.accessLog.close()
  if (open.errorLog !== successor?.errorLog) open.errorLog.close()
  if (open.hostErrorLogs !== successor?.hostErrorLogs) open.hostErrorLogs.close()
  if (open.control !== successor?.control) await open.control.close()
}

/** Retires listeners; where `others` listen on the same port, no client notices. */
function retire(listeners: readonly OpenListener[], others: readonly OpenListener[] = []): void {
  for (const listener of listeners)
    void listener.retire(
      others.some(({ bound }) => bound.port !== undefined && bound.port === listener.bound.port),
    )
}

/** Listeners of this server that are about to go and are in the way: one address of a port keeps all others off it. */
function rivalsOf(address: TcpAddress, config: Config, previous: OpenResources | undefined): Listener[] {
  const leaving = previous?.listeners
    .filter(listener => listener instanceof Listener)
    .filter(listener => !config.listen.some(wanted => isDeepStrictEqual(wanted, listener.address)))
  return leaving?.filter(listener => listener.bound.port === address.port) ?? []
}

/** Reports failures to accept connections, at most once a minute. */
function acceptFailures(where: string, report: ReportProblem): (error: Error) => void {
  const throttle = new WarningThrottle<'accepting'>(systemClock.now)
  return error => {
    const cause = isOutOfDescriptors(error) ? OUT_OF_DESCRIPTORS : error.message
    throttle.tell('accepting', addition =>
      report('core', `Cannot accept connections on ${where}: ${cause}${addition}`),
    )
  }
}

async function openControl(
  config: Config,
  user: ResourceUser,
  descriptor: number | undefined,
  report: ReportProblem,
): Promise<ControlServer> {
  const control = new ControlServer(config.controlSocket, user, (message, error) =>
    report('control', `${message}: ${error instanceof Error ? error.message : String(error)}`),
  )
  if (descriptor === undefined) await control.listen()
  else await control.adopt(descriptor)
  return control
}
