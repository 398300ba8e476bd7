/**
 * Where frameworks put files whose names carry a hash of their content. Such a file never changes, so caches may keep
 * it for ever; everything else is asked for again each time.
 * Sources: Next.js `headers` reference, Gatsby "Caching Static Sites", Vite `build.assetsDir`, each framework's docs.
 */
const HASHED: Record<string, string[]> = {
  astro: ["/_astro/*"],
  "create-react-app": ["/static/*"],
  gatsby: ["/static/*"],
  nextjs: ["/_next/static/*"],
  nuxtjs: ["/_nuxt/*"],
  sveltekit: ["/_app/immutable/*"],
  "sveltekit-1": ["/_app/immutable/*"],
};

/** CloudFront path patterns of a framework's hashed files. Vite's folder where the framework has none of its own. */
export function hashedAssetPaths(framework: string): string[] {
  return HASHED[framework] ?? ["/assets/*"];
}
