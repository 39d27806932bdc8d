import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { validate } from 'dockerfile-utils'
import { Deployment } from 'kubernetes-models/apps/v1'
import { ConfigMap, Service } from 'kubernetes-models/v1'
import { parse } from 'yaml'
import { loadConfig } from '../src/config/load.ts'

const ROOT = join(import.meta.dirname, '..')
const MANIFESTS = join(ROOT, 'etc/examples/kubernetes')
const CONTAINER = join(ROOT, 'etc/examples/container')

const read = (name: string) => parse(readFileSync(join(MANIFESTS, name), 'utf8'))
const configMap = new ConfigMap(read('configmap.yaml'))
const deployment = new Deployment(read('deployment.yaml'))
const service = new Service(read('service.yaml'))
const pod = deployment.spec?.template.spec
const container = pod?.containers[0]

/** By their files, with the module and the type that they have to be of. */
const TYPES = {
  'configmap.yaml': ['kubernetes-models/v1', 'IConfigMap'],
  'deployment.yaml': ['kubernetes-models/apps/v1', 'IDeployment'],
  'service.yaml': ['kubernetes-models/v1', 'IService'],
} as const

/** A folder below the root of the checkout, where modules are found. */
function folderFor(t: TestContext): string {
  const parent = join(ROOT, 'node_modules/.cache')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'containers-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** What the compiler says of objects as values of the types of Kubernetes, where a name that there is not is a mistake. */
function mistakesIn(t: TestContext, objects: ReadonlyMap<keyof typeof TYPES, object>): string {
  const folder = folderFor(t)
  for (const [name, object] of objects) {
    const [module, type] = TYPES[name]
    const text = `import type { ${type} } from '${module}'\nexport const it: ${type} = ${JSON.stringify(object)}\n`
    writeFileSync(join(folder, `${name}.ts`), text)
  }
  const options = ['--noEmit', '--ignoreConfig', '--strict', '--skipLibCheck', '--module', 'nodenext']
  const files = [...objects.keys()].map(name => join(folder, `${name}.ts`))
  return spawnSync(join(ROOT, 'node_modules/.bin/tsc'), [...options, ...files], { encoding: 'utf8' }).stdout
}

describe('The manifests for Kubernetes', () => {
  test('have what its schemas ask for, and no name that it does not know', t => {
    assert.deepEqual(globSync('*', { cwd: MANIFESTS }).sort(), Object.keys(TYPES).sort())
    for (const object of [configMap, deployment, service]) object.validate()
    const objects = new Map(
      (Object.keys(TYPES) as (keyof typeof TYPES)[]).map(name => [name, read(name) as object]),
    )
    assert.equal(mistakesIn(t, objects), '')
  })

  test('would be refused with a name misspelt, or a value of another kind', t => {
    const misspelt = read('deployment.yaml')
    misspelt.spec.template.spec.securityContext.runAsNonroot = true
    assert.match(mistakesIn(t, new Map([['deployment.yaml', misspelt]])), /"runAsNonroot"' does not exist/)
    const wrong = read('deployment.yaml')
    wrong.spec.replicas = 'three'
    assert.throws(() => new Deployment(wrong).validate(), /replicas must be integer/)
  })

  test('let the server be nobody, write to no file, and have no capability', () => {
    assert.partialDeepStrictEqual(pod?.securityContext, { runAsNonRoot: true, runAsUser: 10001 })
    assert.deepEqual(container?.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  })

  test('give a configuration that is right, with the path, port and folder that the rest speaks of', t => {
    const folder = folderFor(t)
    const file = join(folder, 'webserver.conf')
    const text = configMap.data?.['webserver.conf'] ?? ''
    mkdirSync(join(folder, 'www'))
    writeFileSync(file, text.replace('/var/www/html', join(folder, 'www')))
    const { listen, healthPath, controlSocket, warnings } = loadConfig(file)
    assert.deepEqual(warnings, [])
    assert.deepEqual(listen, [{ host: undefined, port: 8080 }])
    assert.deepEqual(container?.ports, [{ name: 'http', containerPort: 8080 }])
    assert.equal(service.spec?.ports?.[0]?.targetPort, 'http')
    assert.deepEqual(service.spec?.selector, deployment.spec?.template.metadata?.labels)
    for (const probe of [container?.readinessProbe, container?.livenessProbe])
      assert.deepEqual(probe?.httpGet, { path: healthPath, port: 'http' })
    const mounts = container?.volumeMounts?.map(({ mountPath }) => mountPath)
    assert.deepEqual(mounts, ['/etc/webserver', '/run/webserver'])
    assert.equal(controlSocket, '/run/webserver/webserver.sock')
  })

  test('leave time for a drain and a stop, and do not take a drain for death', () => {
    const [, , script = ''] = container?.lifecycle?.preStop?.exec?.command ?? []
    const [, pause, wait] = /sleep (\d+) && webserverctl drain --wait=(\d+)$/.exec(script) ?? []
    const draining = Number(pause) + Number(wait)
    const { periodSeconds = 0, failureThreshold = 0 } = container?.livenessProbe ?? {}
    assert.ok(draining + 10 < (pod?.terminationGracePeriodSeconds ?? 0), `${draining}`)
    assert.ok(draining < periodSeconds * failureThreshold, `${draining}`)
  })
})

describe('The Containerfile', () => {
  const file = readFileSync(join(CONTAINER, 'Containerfile'), 'utf8')

  test('has no mistake that a linter knows of', () => {
    assert.deepEqual(validate(file), [])
    assert.notDeepEqual(validate(file.replace('EXPOSE 8080', 'EXPOSE port')), [])
  })

  test('has the server be the user that the manifests name, who is not root', () => {
    const { runAsUser, runAsGroup } = pod?.securityContext ?? {}
    assert.ok(file.includes(`\nUSER ${runAsUser}:${runAsGroup}\n`))
  })

  test('copies what is there, and what an archive has', () => {
    const copied = [...file.matchAll(/^COPY ([^-]\S+) /gm)].map(([, path = '']) => path)
    assert.deepEqual(copied, ['etc/examples/container/webserver.conf'])
    for (const path of copied) assert.ok(globSync(path, { cwd: ROOT }).length === 1, basename(path))
  })
})
