import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, test } from 'node:test'
import { Daemon } from '../support/daemon.ts'
import { Folder } from '../support/folder.ts'
import { run } from '../support/program.ts'

const daemon = await Daemon.start({
  config: ['AllowDotNames .git .hg .zarray .zattrs .zgroup .zmetadata'],
})
after(() => daemon[Symbol.asyncDispose]())
const www = daemon.folder.resolve('var/www')
const site = `http://127.0.0.1:${daemon.port}`

let folder: Folder
beforeEach(() => {
  folder = new Folder()
})
afterEach(() => folder[Symbol.dispose]())

/** What a script says that ends well. */
async function shell(script: string): Promise<string> {
  const environment = { HOME: folder.path, GIT_CONFIG_NOSYSTEM: '1', HGUSER: 'test' }
  const { code, stdout, stderr } = await run('/bin/sh', ['-ec', script], { environment })
  assert.equal(code, 0, stderr)
  return stdout
}

test('Git clones a repository that AllowDotNames publishes', async () => {
  await shell(`git init --quiet ${www}/project && cd ${www}/project
    echo content >file.txt && git add file.txt
    git -c user.name=test -c user.email=test@example.com commit --quiet --message=first
    git update-server-info`)
  const copy = folder.resolve('copy')
  assert.equal(
    await shell(`git clone --quiet ${site}/project/.git ${copy} && cat ${copy}/file.txt`),
    'content\n',
  )
})

test('Mercurial clones a repository that AllowDotNames publishes', async () => {
  await shell(`hg init ${www}/changes && cd ${www}/changes
    echo content >file.txt && hg commit --quiet --addremove --message first`)
  const copy = folder.resolve('copy')
  const url = `static-${site}/changes`
  assert.equal(await shell(`hg clone --quiet ${url} ${copy} && cat ${copy}/file.txt`), 'content\n')
})

test('Zarr reads a store that AllowDotNames publishes', async () => {
  const script = `
import sys, fsspec, zarr
folder, url = sys.argv[1:]
store = zarr.open_group(folder, mode='w')
store.attrs['unit'] = 'K'
store.create_dataset('heat', data=list(range(1000)), chunks=100)
published = zarr.open_group(fsspec.get_mapper(url), mode='r')
print(published.attrs['unit'], published['heat'].shape, int(published['heat'][:].sum()))`
  const args = ['-c', script, `${www}/store.zarr`, `${site}/store.zarr`]
  const { stdout, stderr } = await run('/usr/bin/python3', args, { environment: { HOME: folder.path } })
  assert.equal(stdout, 'K (1000,) 499500\n', stderr)
})
