// Workers whose code the page carries: they need no file of their own, and start on pages of any origin.

/** What a page with `require-trusted-types-for 'script'` wants in place of an address; older browsers know neither. */
interface ScriptAddressPolicy {
  createScriptURL(url: string): string;
}
declare const trustedTypes:
  | { createPolicy(name: string, rules: ScriptAddressPolicy): ScriptAddressPolicy; defaultPolicy: ScriptAddressPolicy | null }
  | undefined;

/** A policy of one name may be made only once. */
const policies: Record<string, ScriptAddressPolicy> = {};

/** A worker that has not answered after so many seconds is given up: something may have blocked it without a word. They are
 * counted one by one, so that none pass while the page itself is busy. */
const PATIENCE_S = 5;

export interface BlobWorker {
  worker: Worker;
  /** To be called when it has answered first. */
  heard(): void;
  end(): void;
}

/** Starts a worker of this code; none where the browser or the page's content security policy does not allow it. `name`
 * is the worker's and that of the policy for Trusted Types. `onSilent` is called where it does not answer. */
export function startWorker(code: string, name: string, onSilent: () => void): BlobWorker | undefined {
  if (typeof Worker !== 'function') return undefined;
  const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
  let worker: Worker;
  try {
    worker = new Worker(trusted(url, name), { name });
  } catch {
    URL.revokeObjectURL(url);
    return undefined;
  }
  let seconds = 0;
  const watch = setInterval(() => ++seconds > PATIENCE_S && onSilent(), 1000);
  const heard = () => {
    clearInterval(watch);
    URL.revokeObjectURL(url);
  };
  return {
    worker,
    heard,
    end: () => {
      worker.terminate();
      heard();
    },
  };
}

function trusted(url: string, name: string): string {
  if (typeof trustedTypes === 'undefined') return url;
  policies[name] ??= trustedTypes.createPolicy(name, { createScriptURL: (url) => url });
  return policies[name].createScriptURL(url);
}
