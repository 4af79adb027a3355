/* Read by svelte-check; the same options as in vite.config.ts. */
export default { compilerOptions: { runes: true } };
