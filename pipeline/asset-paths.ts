/**
 * Where frameworks put files whose names carry a hash of their content. Such a file never changes, so caches may keep
 * it for ever; everything else is asked for again each time.
 * Sources: Next.js `headers` reference, Gatsby "Caching Static Sites", Vite `build.assetsDir`, each framework's docs.
 */
const HASHED: Record<string, string[]> = {
  astro: ["/_astro/*"],
  "create-react-app": ["/static/*"],
  "docusaurus-2": ["/assets/*"],
  gatsby: ["/static/*"],
  nextjs: ["/_next/static/*"],
  nuxtjs: ["/_nuxt/*"],
  "react-router": ["/assets/*"],
  remix: ["/assets/*"],
  sveltekit: ["/_app/immutable/*"],
  "sveltekit-1": ["/_app/immutable/*"],
  vite: ["/assets/*"],
};

/**
 * CloudFront path patterns of a framework's hashed files; none where it is not certain, because a browser that was told
 * to keep a file for a year never asks for its successor.
 */
export function hashedAssetPaths(framework: string): string[] {
  return HASHED[framework] ?? [];
}
