/* The colours of the drawing, read from the page's tokens: a canvas knows nothing of CSS. Read again when the theme changes. */

export interface Palette {
  text: string;
  muted: string;
  card: string;
  grid: string;
  edge: string;
  series: string;
  span: string;
  anomaly: string;
  anomalyWash: string;
  crit: string;
  warn: string;
  sans: string;
}

const TOKENS: Record<Exclude<keyof Palette, "sans">, string> = {
  text: "--text",
  muted: "--muted",
  card: "--card",
  grid: "--grid",
  edge: "--edge",
  series: "--series",
  span: "--series-span",
  anomaly: "--anomaly",
  anomalyWash: "--anomaly-wash",
  crit: "--crit-text",
  warn: "--warn-text",
};

/** light-dark() is resolved only in a real property, so each token passes through `color` of a probe. */
export function readPalette(host: HTMLElement): Palette {
  const probe = host.appendChild(document.createElement("i"));
  const style = getComputedStyle(probe);
  const colours = Object.entries(TOKENS).map(([name, token]) => {
    probe.style.color = `var(${token})`;
    return [name, style.color];
  });
  const sans = style.fontFamily;
  probe.remove();
  return { ...(Object.fromEntries(colours) as Omit<Palette, "sans">), sans };
}
