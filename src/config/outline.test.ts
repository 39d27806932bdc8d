import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interpret } from './interpret.ts'
import { outlineOf } from './outline.ts'
import { parseSyntax } from './syntax.ts'

function outline(...lines: readonly string[]): string[] {
  const { statements } = parseSyntax(lines.join('\n'), 'w.conf')
  const { config, problems } = interpret(statements, { file: 'w.conf', serverRoot: '/srv', serverName: 'vm' })
  assert.deepEqual(problems, [])
  return outlineOf(config)
}

test('tells who answers where, by which names, and which sections are merged in what order', () => {
  assert.deepEqual(
    outline(
      'Listen 80',
      'Listen 81',
      'DocumentRoot www',
      '<Location /a>',
      'Options None',
      '</Location>',
      '<VirtualHost *:80>',
      'ServerName one.example',
      'ServerAlias *.one.example',
      'DocumentRoot one',
      'Alias /icons icons',
      '<Directory one/deep/er>',
      'Options None',
      '<Files a>',
      'Options None',
      '</Files>',
      '</Directory>',
      '<DirectoryMatch deep>',
      'Options None',
      '</DirectoryMatch>',
      '<Directory one>',
      'Options None',
      '</Directory>',
      '<FilesMatch b$>',
      'Options None',
      '</FilesMatch>',
      '</VirtualHost>',
      '<VirtualHost *:80>',
      'ServerName two.example',
      'DocumentRoot two',
      '</VirtualHost>',
    ),
    [
      '*:80',
      '  one.example *.one.example, and all others',
      '    / is /srv/one',
      '    /icons is /srv/icons',
      '    <Directory /srv/one> at w.conf:21:2',
      '    <Directory /srv/one/deep/er> at w.conf:12:2',
      '    <DirectoryMatch deep> at w.conf:18:2',
      '    <FilesMatch b$> at w.conf:24:2',
      '    <Files a> at w.conf:14:2',
      '    <Location /a> at w.conf:4:2',
      '  two.example',
      '    / is /srv/two',
      '    <Location /a> at w.conf:4:2',
      'All other addresses',
      '  vm, and all others',
      '    / is /srv/www',
      '    <Location /a> at w.conf:4:2',
    ],
  )
})
