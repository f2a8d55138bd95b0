"""The live page: one document without a foreign part, which asks for the view's JSON again and again."""

import json
from html import escape
from secrets import token_urlsafe

SECONDS = 3
"""Between two questions of the page."""

_STYLE = """
:root{color-scheme:light dark;--line:#8886;
--mark:light-dark(#0b5cad,#7ab8ff);--bad:light-dark(#a3261b,#ff9d94)}
body{font:1rem/1.5 system-ui,sans-serif;max-width:48rem;margin:1.5rem auto;padding:0 1rem}
h1{font-size:1.3rem;margin:0}h2{font-size:1rem;margin:1.4rem 0 .3rem}p{margin:.2rem 0}
progress{width:100%;height:1.2rem;accent-color:var(--mark)}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.2rem .6rem .2rem 0;\
border-bottom:1px solid var(--line)}
section{overflow-x:auto}
svg{width:100%;height:auto}#trouble{color:var(--bad)}
"""
_SCRIPT = """
const at=id=>document.getElementById(id),put=(id,text)=>{at(id).textContent=text};
const names={reached:"reached",failed_again:"failed again",withdrawn:"taken back",waiting:"to go",
skipped:"skipped",unknown:"maybe sent",kept_back:"kept back for a person",dropped:"never to be redialled"};
const svg=(name,given,text)=>{const one=document.createElementNS("http://www.w3.org/2000/svg",name);
for(const key in given)one.setAttribute(key,given[key]);if(text)one.textContent=text;return one};
function row(cells){const tr=document.createElement("tr");for(const cell of cells){
const td=document.createElement("td");td.textContent=cell;tr.append(td)}return tr}
function walk(sample){const box=at("walk");box.replaceChildren();at("sample").hidden=!sample.steps.length;
if(!sample.steps.length)return;const most=Math.max(10,...sample.steps.map(s=>s.n));
const low=Math.min(sample.go,...sample.steps.map(s=>s.statistic))-.5,
high=Math.max(sample.abort,...sample.steps.map(s=>s.statistic))+.5;
const x=n=>40+540*n/most,y=v=>10+160*(high-v)/(high-low);
for(const [value,text] of [[sample.abort,"abort"],[sample.go,"go"]]){
box.append(svg("line",{x1:40,x2:580,y1:y(value),y2:y(value),stroke:"currentColor","stroke-dasharray":"6 4"}));
box.append(svg("text",{x:0,y:y(value)+4,"font-size":15,fill:"currentColor"},text))}
const points=[[0,0],...sample.steps.map(s=>[s.n,s.statistic])].map(p=>x(p[0])+","+y(p[1]));
box.append(svg("polyline",{points:points.join(" "),fill:"none",stroke:"var(--mark)","stroke-width":2}));
for(const p of points){const [cx,cy]=p.split(",");box.append(svg("circle",{cx,cy,r:3,fill:"var(--mark)"}))}
const last=sample.steps[sample.steps.length-1];
put("looked",last.k+" of "+last.n+" failed: "+(sample.verdict||last.word))}
function show(view){put("title",view.recovery_id+": "+view.said);
document.title=view.recovery_id+" "+view.said;
put("job","Job "+view.job_id+", workspace "+view.workspace);
at("bar").max=Math.max(1,view.counts.planned);at("bar").value=view.called;
put("called",view.called+" of "+view.counts.planned+" called");
put("counts",Object.keys(names).filter(n=>view.counts[n]).map(n=>view.counts[n]+" "+names[n]).join(", "));
put("permits","Permits: "+view.in_air+" of "+view.permits+" in use");
put("eta",view.eta?"ETA: "+view.eta:"");put("next",view.next_action?"Next: "+view.next_action:"");
put("as_of","As of "+new Date(view.as_of).toLocaleTimeString());walk(view.sample);
at("waves").replaceChildren(...view.waves.map(w=>row([w.n,w.phase,w.state,w.size,w.ended,w.reached])));
at("sent").hidden=!view.waves.length}
async function look(){let over=false;try{const got=await fetch(document.body.dataset.from,{cache:"no-store"});
if(got.ok){const view=await got.json();show(view);over=view.is_over;put("trouble","")}
else{put("trouble",await got.text());over=got.status===403||got.status===410}}
catch{put("trouble","The gateway does not answer; this page asks again.")}
if(!over)setTimeout(look,SECONDS*1000)}
look();
"""
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{id}</title><style nonce="{nonce}">{style}</style></head>
<body data-from="{source}"><main><h1 id="title">{id}</h1><p id="job"></p>
<p id="trouble" role="status"></p>
<progress id="bar" max="1" value="0" aria-label="called"></progress><p id="called"></p><p id="counts"></p>
<p id="permits"></p><p id="eta"></p><p id="next"></p>
<section id="sample" hidden><h2>The sample between its bounds</h2>
<svg id="walk" viewBox="0 0 600 180" role="img" aria-labelledby="looked"></svg><p id="looked"></p></section>
<section id="sent" tabindex="0" aria-label="The newest waves" hidden>
<h2>The newest waves</h2><table><thead><tr><th>wave</th><th>phase</th><th>state</th>
<th>contacts</th><th>ended</th><th>reached</th></tr></thead><tbody id="waves"></tbody></table></section>
<p id="as_of"></p><noscript>This page needs its own script to keep itself current.</noscript></main>
<script nonce="{nonce}">const SECONDS={seconds};{script}</script></body></html>
"""


def page(recovery_id: str, source: str) -> tuple[str, str]:
    """Return the page and the policy that goes with it; `source` is where it finds its JSON.

    The policy lets it run its own script and ask its own gateway, and nothing else.
    """
    nonce = token_urlsafe(16)
    made = _PAGE.format(
        id=escape(recovery_id),
        source=escape(source),
        nonce=nonce,
        style=_STYLE,
        script=_SCRIPT,
        seconds=json.dumps(SECONDS),
    )
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return made, policy
