// Where figures go: a line each, in the file that is named in RESULTS.
import { appendFileSync, readFileSync } from 'node:fs';

export function report(line: string): void {
  console.log(line);
  if (process.env.RESULTS) appendFileSync(process.env.RESULTS, `${line}\n`);
}

/** The memory that a process holds, in MB. */
export function residentMegabytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

/** The value below which that share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
