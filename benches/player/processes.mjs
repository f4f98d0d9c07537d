// @ts-check
// Memory and CPU time of a browser's processes, by what Chromium says each one is for.

import { readFile, readdir } from 'node:fs/promises';

/** Clock ticks a second in /proc/PID/stat: fixed to 100 on Linux. */
const TICKS_PER_SECOND = 100;

/** @typedef {{ bytes: number, cpuSeconds: number, count: number }} Usage */
/** @typedef {{ renderer: Usage, gpu: Usage, browser: Usage, other: Usage }} Usages */

/**
 * What the browser process `root` and its descendants use. Bytes are proportional set size: a page
 * shared by n processes counts as 1/n in each.
 * @param {number} root
 * @returns {Promise<Usages>}
 */
export async function usages(root) {
  const none = () => ({ bytes: 0, cpuSeconds: 0, count: 0 });
  const sums = { renderer: none(), gpu: none(), browser: none(), other: none() };
  for (const pid of await descendants(root)) {
    const [line, rollup, stat] = await Promise.all(
      ['cmdline', 'smaps_rollup', 'stat'].map((f) => readFile(`/proc/${pid}/${f}`, 'utf8').catch(() => '')),
    );
    const pss = /^Pss:\s+(\d+) kB/m.exec(rollup);
    if (!pss || !stat) continue;
    const usage = sums[role(line)];
    usage.bytes += Number(pss[1]) * 1024;
    usage.count += 1;
    // Fields 14 and 15 (utime, stime); the name in field 2 may hold spaces, so count from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    usage.cpuSeconds += (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }
  return sums;
}

/**
 * The figure that is compared: renderer and GPU process together.
 * @param {Usages} u
 */
export const drawingBytes = (u) => u.renderer.bytes + u.gpu.bytes;
/** @param {Usages} u */
export const drawingCpu = (u) => u.renderer.cpuSeconds + u.gpu.cpuSeconds;

/** @param {string} line @returns {keyof Usages} */
function role(line) {
  const type = /--type=([\w-]+)/.exec(line)?.[1];
  if (type === undefined) return 'browser';
  if (type === 'renderer') return 'renderer';
  return type === 'gpu-process' ? 'gpu' : 'other';
}

/** @param {number} root */
async function descendants(root) {
  /** @type {Map<number, number[]>} */
  const children = new Map();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    if (!stat) continue;
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [root];
  for (let i = 0; i < found.length; i += 1) found.push(...(children.get(found[i]) ?? []));
  return found;
}
