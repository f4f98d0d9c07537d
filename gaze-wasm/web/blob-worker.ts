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

/** Starts a worker of this code; none where the browser or the page's content security policy does not allow it. `name`
 * is the worker's and that of the policy for Trusted Types. `release` frees the code once the worker has it. */
export function startWorker(code: string, name: string): { worker: Worker; release: () => void } | undefined {
  if (typeof Worker !== 'function') return undefined;
  const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
  const release = () => URL.revokeObjectURL(url);
  try {
    return { worker: new Worker(trusted(url, name), { name }), release };
  } catch {
    release();
    return undefined;
  }
}

function trusted(url: string, name: string): string {
  if (typeof trustedTypes === 'undefined') return url;
  policies[name] ??= trustedTypes.createPolicy(name, { createScriptURL: (url) => url });
  return policies[name].createScriptURL(url);
}
