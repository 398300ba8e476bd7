/** Whose lock is on a stack, from the engine's refusal. No I/O. */

/** A lock of a state backend that is plain storage (a folder, a bucket). */
export interface Lock {
  user: string;
  host: string;
  pid: number;
  /** When it was taken, RFC 3339. */
  since: string;
}

/**
 * The locks that a refusal names (pulumi/pulumi, pkg/backend/diy/lock.go):
 * `file:///s/.pulumi/locks/…/x.json: created by ann@build-7 (pid 4242) at 2026-01-02T03:04:05Z`
 */
export function locksIn(refusal: string): Lock[] {
  const owner = /created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)/g;
  return [...refusal.matchAll(owner)].map(([, user = "", host = "", pid, since = ""]) => ({
    user,
    host,
    pid: Number(pid),
    since,
  }));
}

/** Whether Pulumi Cloud refuses because it holds the stack for another update (HTTP 409). */
export function isHeldByService(refusal: string): boolean {
  return /\b409\b|another update is currently in progress/i.test(refusal);
}

/** What there is to know about this machine. */
export interface ThisMachine {
  host: string;
  isRunning(pid: number): boolean;
}

/** A lock whose process is certainly gone: it ran here, and no process has its number. */
export function isStale(lock: Lock, machine: ThisMachine): boolean {
  return lock.host === machine.host && !machine.isRunning(lock.pid);
}

export function describeLock({ user, host, pid, since }: Lock): string {
  return `process ${pid} of ${user} on ${host}, since ${since}`;
}
