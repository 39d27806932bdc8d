/**
 * How a request is answered. First the place: the host that answers, by where the client has come to and by the name
 * it asks for, and the rules of the path (HostTable, HostSite.rulesOf). Then what decides first, decides:
 *
 *  1. access steps     asked each time, whatever is remembered: HealthPath, which is for everybody; Require: who asks may not
 *                      have it
 *  2. ResponseCache    the same was asked word for word, and all that its answer depends on is as it was
 *  3. hostStep         StrictHostCheck
 *  4. redirectStep     Redirect and RedirectMatch
 *  5. methodStep       GET and HEAD of something with a path go on, all else ends here
 *  6. fileStep         DocumentRoot, Alias, AllowDotNames, CleanUrls, DirectoryIndex, DirectorySlash, Options: a file, a folder
 *                      to list, or why there is neither
 *  7. fallbackStep     FallbackResource: what stands for all that is not there
 *  8. 404
 *
 * What was decided is composed, by the rules of what answers:
 *
 *  9. FileServer       the conditions and ranges that the request has for a file; ExpiresByType
 * 10. FolderLister     a folder as a page or as JSON
 * 11. Composer         the page that explains a status (ErrorDocument); Date, Server and Header
 */

import type { SecureContext } from 'node:tls'
import type { Accounts } from '../access/accounts.ts'
import type { PasswordFile } from '../access/password-file.ts'
import type { WatchedFile } from '../access/watched-file.ts'
import { servedFolders } from '../config/alias.ts'
import type { Config, Host } from '../config/config.ts'
import { namesPasswords, restricts } from '../config/folder-sections.ts'
import { comparableName } from '../config/values/host-name.ts'
import { namesLocalAddress } from '../config/values/log-format.ts'
import type { Compressor } from '../encoding/compressor.ts'
import type { FileCache } from '../files/file-cache.ts'
import type { FolderEntry } from '../files/open-folder.ts'
import type { Sighting } from '../files/sighting.ts'
import { parseCredentials } from '../http/request/credentials.ts'
import { networkOf, type Peer } from '../http/request/peer.ts'
import { type Request, RequestParser } from '../http/request/request.ts'
import type { ReceivedRequest } from '../http/request/request-reader.ts'
import { page } from '../http/response/respond.ts'
import { newTicketKeys, type TicketKeys } from '../tls/secure-contexts.ts'
import type { Identity } from './access.ts'
import { CachedResponse } from './cached-response.ts'
import { HostCertificates } from './host-certificates.ts'
import { HostSite } from './host-site.ts'
import { HostTable, type LocalEnd } from './host-table.ts'
import { Proxies } from './proxies.ts'
import type { Reason } from './reason.ts'
import type { Preparation, Reply } from './response.ts'
import { CachedRequest, ResponseCache } from './response-cache.ts'
import type { Rules } from './rules.ts'
import type { AccessStep, Decision, Place, RequestContext, Step } from './step.ts'
import { accessStep, mayHave } from './steps/access.ts'
import { fallbackStep } from './steps/fallback.ts'
import { fileStep } from './steps/file.ts'
import { healthStep, isHealthCheck } from './steps/health.ts'
import { hostStep } from './steps/host.ts'
import { methodStep } from './steps/method.ts'
import { redirectStep } from './steps/redirect.ts'
import { Workshop } from './workshop.ts'

const MISSING: Decision = { answer: page(404), because: { kind: 'missing' } }

/** What a connection tells of the requests on it. */
interface Surroundings extends LocalEnd {
  readonly peer: Peer
  /** Whether it has begun with a PROXY header. */
  readonly isAnnounced: boolean
}

/** In their order. */
const STEPS: readonly Step[] = [hostStep, redirectStep, methodStep, fileStep, fallbackStep]

/**
 * One configuration in force: all that answering a request needs to know. A reload makes another; a request
 * that began under this one ends under it.
 */
export class Site implements Disposable {
  readonly config: Config
  readonly parser: RequestParser
  /** Whether the server's own address of each connection has to be asked for: a host depends on it, or a log names it. */
  readonly needsLocalAddress: boolean
  /** Whether somebody may be asked for a password, which is to be checked before the turn. */
  readonly asksForUsers: boolean
  /** All that may be served, each once. */
  readonly folders: readonly string[]
  readonly cache = new ResponseCache()
  /** Undefined where no proxy is believed anything. */
  readonly proxies: Proxies | undefined
  readonly #accessSteps: readonly AccessStep[]
  readonly #accounts: Accounts
  readonly #workshop: Workshop
  readonly #hosts: HostTable<HostSite>
  readonly certificates: HostCertificates

  /**
   * @param compressor Encodes files in memory while there is nothing else to do.
   * @param accounts Knows who is who.
   * @param accessSteps Say who may not have what, besides Require.
   * @param ticketKeys Those of the sessions that clients may resume.
   */
  constructor(
    config: Config,
    compressor: Compressor,
    accounts: Accounts,
    accessSteps: readonly AccessStep[] = [],
    ticketKeys: TicketKeys = newTicketKeys(),
  ) {
    this.config = config
    this.parser = parserFor(config)
    this.folders = servedFolders(config)
    this.#accounts = accounts
    this.proxies = Proxies.under(config)
    const hosts = [config, ...config.hosts]
    this.#accessSteps = [
      ...(config.healthPath === undefined ? [] : [healthStep(config.healthPath)]),
      ...(hosts.some(isRestricted) ? [accessStep] : []),
      ...accessSteps,
    ]
    this.asksForUsers = hosts.some(
      host => host.authUserFile !== undefined || host.sections.some(namesPasswords),
    )
    this.certificates = new HostCertificates(hosts, ticketKeys)
    this.#workshop = new Workshop(config, compressor)
    this.#hosts = new HostTable(config, host => new HostSite(host, this.#workshop))
    this.needsLocalAddress = this.#hosts.dependsOnAddress || hosts.some(logsLocalAddress)
  }

  /** What handshakes are made with at an end of the server's, with clients that ask for this name, or for none. */
  secureContext(name: string | undefined, { localAddress, localPort }: LocalEnd): SecureContext | undefined {
    const known = name === undefined ? undefined : comparableName(name)
    const { host } = this.#hosts.choose(known, { localAddress, localPort })
    return this.certificates.contextOf(host.settings)
  }

  /** Another is in force. Requests that began under this one are answered all the same. */
  [Symbol.dispose](): void {
    this.#workshop[Symbol.dispose]()
  }

  get fileCache(): FileCache {
    return this.#workshop.cache
  }

  /** Who has sent a request: the client of its connection, or one that trusted proxies name in a field. */
  clientOf(received: ReceivedRequest, connection: Surroundings): Peer {
    const { peer } = connection
    const { head } = received.request
    // What a PROXY header has said is not said once more.
    if (this.proxies === undefined || head === undefined || connection.isAnnounced) return peer
    return this.proxies.clientOf(this.hostOf(received, connection).settings, head.fields, peer)
  }

  /** Why a request ends that is not answered, because its client has gone; undefined for any but those of HealthPath. */
  reasonOfUnanswered({ request }: ReceivedRequest): Reason | undefined {
    const { healthPath } = this.config
    if (healthPath === undefined || request.kind === 'refused') return undefined
    return isHealthCheck(healthPath, request) ? { kind: 'health' } : undefined
  }

  /**
   * Who asks, where that is required for what is asked: at once if it is known, else once it is found out, which takes longer
   * than a turn may.
   */
  identify(
    { request }: ReceivedRequest,
    peer: Peer,
    local: LocalEnd,
    now: number,
  ): Identity | Promise<Identity> | undefined {
    if (request.kind === 'refused') return undefined
    const credentials = request.head.fields.judge(parseCredentials)
    if (credentials.kind !== 'basic') return undefined
    const { target } = request
    const { host } = this.#hosts.choose(request.host, local)
    const rules = target.kind === 'resource' ? host.rulesBehind(target.path) : [host.rulesOf(undefined)]
    const file = passwordsFor(rules, peer.address)
    if (file === undefined) return undefined
    const known = this.#accounts.recall(file, credentials, now)
    if (known !== undefined) return { credentials, file, verdict: known }
    return this.#accounts
      .check(file, credentials, networkOf(peer.address), now)
      .then(verdict => ({ credentials, file, verdict }))
  }

  /** @param received The request as it came. */
  respond(context: RequestContext, received: ReceivedRequest): Reply | Preparation {
    const known = received instanceof CachedRequest ? received : undefined
    const place =
      known !== undefined && !this.#hosts.dependsOnAddress
        ? known.place
        : this.#placeOf(context.request, context.local)
    for (const step of this.#accessSteps) {
      const refused = step(context, place)
      if (refused !== undefined) return compose(refused, context, place)
    }
    const remembered = known?.place.host === place.host ? known.replyAt(context.now) : undefined
    if (remembered !== undefined) {
      remembered.response.at(this.#workshop.clock.dateAt(context.now))
      return remembered
    }
    const decision = decide(context, place)
    const reply = compose(decision, context, place)
    if ('response' in reply) this.#remember(received, decision, reply, place, context.now)
    return reply
  }

  /** The answer to a request that was refused, or whose service failed. */
  respondWithError(
    status: number,
    because: Reason,
    method: string | undefined,
    now: number,
    host: HostSite,
  ): Reply {
    const { composer } = host.rulesOf(undefined)
    return { response: composer.answer(page(status), method, now), because }
  }

  /** Who answers a request, or would if it were not refused. */
  hostOf(received: ReceivedRequest, end: LocalEnd): HostSite {
    if (received instanceof CachedRequest && !this.#hosts.dependsOnAddress) return received.place.host
    const { request } = received
    return this.#hosts.choose(request.kind === 'request' ? request.host : undefined, end).host
  }

  #placeOf(request: Request, local: LocalEnd): Place {
    const { host, isNamed } = this.#hosts.choose(request.host, local)
    const path = request.target.kind === 'resource' ? request.target.path : undefined
    return { host, rules: host.rulesOf(path), isNamed }
  }

  /**
   * For as long as all that was looked for is fresh: a path that leads to its file is kept so by whoever asks for it,
   * but nobody looks again whether something has come that would be sent instead.
   */
  #remember(
    received: ReceivedRequest,
    decision: Decision,
    { response, because }: Reply,
    place: Place,
    now: number,
  ): void {
    if (!(response instanceof CachedResponse) || decision.isPersonal === true) return
    const sighting = sightingOf(decision, response, place, now)
    if (sighting !== undefined) this.cache.keep(received, { response, because }, sighting, place)
  }
}

function decide(context: RequestContext, place: Place): Decision {
  for (const step of STEPS) {
    const decision = step(context, place)
    if (decision !== undefined) return decision
  }
  return MISSING
}

function compose(
  { answer, because, rules: others }: Decision,
  context: RequestContext,
  { host, rules }: Place,
): Reply | Preparation {
  const { request, now } = context
  switch (answer.kind) {
    case 'file':
      return (others ?? rules).files.serve(request, answer, because, now)
    case 'folder':
      return rules.folders.list(request, because, now, host.isDivided ? mayList(context, host) : undefined)
    default:
      return { response: rules.composer.answer(answer, request.head.line.method, now), because }
  }
}

/** Tells which entries of the folder that is asked for may be had by whoever asks. */
function mayList(context: RequestContext, host: HostSite): (entry: FolderEntry) => boolean {
  const { target } = context.request
  const folder = target.kind === 'resource' ? target.path : '/'
  const may = mayHave(context)
  return ({ name, type }) => may(host.rulesOf(`${folder}${name}${type === 'folder' ? '/' : ''}`))
}

/** When all was looked at that has made a response what it is; undefined where that is not known. */
function sightingOf(
  { answer, because }: Decision,
  { file, status }: CachedResponse,
  { rules }: Place,
  now: number,
): Sighting | undefined {
  if (because === MISSING.because)
    return { at: file?.sighting?.at ?? rules.errorDocuments.missedAt(status) ?? now }
  if (answer.kind !== 'file' || file?.sighting === undefined) return undefined
  return answer.isSubstitute ? { at: file.sighting.at } : file.sighting
}

/** The file that whoever asks at an address has to be in, for what these rules are for. */
function passwordsFor(several: Iterable<Rules>, address: string): WatchedFile<PasswordFile> | undefined {
  for (const { access } of several) if (access?.asks(address) === true) return access.passwords
  return undefined
}

function isRestricted({ require, sections }: Host): boolean {
  return require.length > 0 || sections.some(restricts)
}

function logsLocalAddress({ customLog }: Host): boolean {
  return customLog.some(({ format }) => namesLocalAddress(format))
}

function parserFor(config: Config): RequestParser {
  return new RequestParser({
    head: {
      requestLine: config.limitRequestLine,
      fields: config.limitRequestFields,
      fieldSize: config.limitRequestFieldSize,
    },
    body: config.limitRequestBody,
  })
}
