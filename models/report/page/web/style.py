"""How the page looks: light and dark, on a phone and on one sheet of A4, with the contrast of WCAG AA."""

LIGHT = """--page:#ffffff;--card:#f3f5f8;--ink:#1f2933;--muted:#52606d;--line:#c3ccd5;--alarm:#b42318;
--stall:#fdeceb;--night:#eef1f5;--blue:#1d5fbf;--green:#17753d;--red:#c22b26;--orange:#a85f00;
--violet:#6d35c0;--grey:#66727f"""
DARK = """--page:#14181d;--card:#1e242b;--ink:#e8ecf0;--muted:#b0bac4;--line:#46515c;--alarm:#ff9d94;
--stall:#3a2022;--night:#232a33;--blue:#7db4ff;--green:#63cf8c;--red:#ff8f88;--orange:#f2b04a;
--violet:#c3a1ff;--grey:#9aa6b2"""

CSS = f"""
:root{{color-scheme:light dark;{LIGHT}}}
@media screen and (prefers-color-scheme:dark){{:root{{{DARK}}}}}
*{{box-sizing:border-box}}
body{{margin:0;background:var(--page);color:var(--ink);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif}}
header,main,footer{{max-width:62rem;margin:0 auto;padding:0 1.25rem}}
header{{padding-top:1.5rem}}
h1{{font-size:1.6rem;line-height:1.25;margin:0 0 .4rem;overflow-wrap:anywhere}}
h2{{font-size:1.1rem;line-height:1.3;margin:0 0 .35rem}}
p{{margin:0 0 .4rem;overflow-wrap:anywhere}}
.state{{display:inline-block;margin:0;padding:.1rem .7rem;border-radius:1rem;border:1px solid currentColor;
font-weight:600;color:var(--blue)}}
.recovered .state,.healthy .state{{color:var(--green)}}
.held .state,.awaiting_approval .state{{color:var(--orange)}}
.escalated .state{{color:var(--red)}}
.cancelled .state{{color:var(--muted)}}
dl{{display:flex;flex-wrap:wrap;gap:.1rem 1.5rem;margin:.6rem 0 0;font-size:.875rem;color:var(--muted)}}
dl div{{display:flex;gap:.4rem;min-width:0}}
dt{{font-weight:600}}
dd{{margin:0;overflow-wrap:anywhere}}
main{{display:grid;grid-template-columns:minmax(0,1fr);gap:1.1rem;padding-top:1.1rem;padding-bottom:1rem}}
section,figure{{min-width:0}}
.story{{display:grid;gap:1.1rem;align-content:start}}
.what_happens_next,.by_when,.what_you_must_do{{background:var(--card);border-radius:.5rem;padding:.8rem 1rem}}
.bar{{display:flex;height:1.1rem;border-radius:.3rem;overflow:hidden;margin:.2rem 0 .6rem;gap:2px}}
.bar span{{min-width:3px;background:var(--grey)}}
.reached{{--of:var(--green)}}.not_reached{{--of:var(--orange)}}.not_to_be_called{{--of:var(--grey)}}
.under_way{{--of:var(--blue)}}.left{{--of:var(--red)}}
.bar span,.dot{{background:var(--of,var(--grey))}}
.dot{{display:inline-block;width:.7rem;height:.7rem;border-radius:50%;margin-right:.5rem}}
.scroll{{overflow-x:auto}}
table{{border-collapse:collapse;width:100%;font-size:.9375rem}}
caption{{text-align:left;color:var(--muted);font-size:.875rem;padding:.2rem 0}}
th,td{{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0;border-bottom:1px solid var(--line)}}
thead th{{font-size:.8125rem;color:var(--muted)}}
td.n,th.n{{text-align:right;padding-right:0;font-variant-numeric:tabular-nums}}
.flow tbody th[scope=row]{{font-weight:400;padding-left:1.2rem}}
.flow .group>*,.flow tfoot>tr>*{{font-weight:600}}
figure{{margin:0}}
figure svg{{display:block;width:100%;min-width:40rem;height:auto}}
figure svg text{{fill:var(--ink)}}
figure svg *{{stroke-linejoin:round;stroke-linecap:butt}}
details{{font-size:.875rem;color:var(--muted)}}
summary{{cursor:pointer;padding:.3rem 0}}
figcaption{{font-size:.875rem;color:var(--muted)}}
pre{{margin:.3rem 0 0;overflow-x:auto;font-size:.875rem;line-height:1.5}}
footer{{font-size:.8125rem;color:var(--muted);padding-bottom:1.5rem}}
:focus-visible{{outline:3px solid var(--blue);outline-offset:2px}}
@media (min-width:46rem),print{{
main{{grid-template-columns:repeat(6,minmax(0,1fr))}}
section,figure{{grid-column:1/-1}}
.story{{grid-column:1/4}}
.customer .people{{grid-column:4/-1}}
.what_happens_next,.by_when,.what_you_must_do{{grid-column:span 2}}
.engineer .people{{grid-column:1/4;grid-row:span 3}}
.engineer .what_happens_next,.engineer .by_when,.engineer .what_you_must_do{{grid-column:4/-1}}
}}
@page{{size:A4;margin:9mm}}
@media print{{
:root{{color-scheme:light;{LIGHT}}}
html{{font-size:8.5pt}}
body{{line-height:1.3}}
details{{display:none}}
.engineer{{font-size:.88rem;line-height:1.22}}
.engineer th,.engineer td{{padding-top:.05rem;padding-bottom:.05rem}}
.engineer table{{font-size:.84rem}}.engineer h1{{font-size:1.3rem}}.engineer section{{padding-block:0}}
*{{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
header,main,footer{{max-width:none;padding:0}}
main,.story{{gap:.7rem}}
.engineer main{{gap:.4rem .7rem}}
main{{padding:.7rem 0}}
figure svg{{min-width:0;height:78mm}}
.scroll,pre{{overflow:visible}}
pre{{white-space:pre-wrap}}
section,figure{{break-inside:avoid}}
.engineer{{display:flex;flex-direction:column;height:278mm}}
.engineer header,.engineer main,.engineer footer{{width:100%}}
.engineer main{{flex:1 0 auto;grid-template-rows:auto auto auto minmax(36mm,1fr) auto auto auto}}
.engineer .what_happened{{grid-row:1}}.engineer .why{{grid-row:2}}.engineer .what_was_done{{grid-row:3}}
.engineer figure{{grid-row:4;display:flex;flex-direction:column}}.engineer figcaption{{display:none}}
.engineer figure .scroll{{flex:1;position:relative}}
.engineer figure svg{{position:absolute;inset:0;height:100%}}
.engineer .people{{grid-row:5/span 3}}.engineer .what_happens_next{{grid-row:5}}
.engineer .by_when{{grid-row:6}}.engineer .what_you_must_do{{grid-row:7}}
}}
"""
