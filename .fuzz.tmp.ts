import { KubeConfig } from '@kubernetes/client-node';
import fc from 'fast-check';
import { Server } from './test/apiserver/validation/server.ts';
import { mutation } from './test/apiserver/validation/mutations.ts';
import { nodeForecast, shardPlan, workflow } from './test/apiserver/validation/valid-base.ts';
import { Validator } from './src/api/validation/index.ts';
import { checkObject } from './src/cli/manifests/check.ts';
const kc = new KubeConfig(); kc.loadFromFile('/tmp/spike/run/kubeconfig');
const server = new Server(kc); const v = await Validator.load();
const objs = fc.sample(fc.tuple(fc.constantFrom(workflow, workflow, workflow, shardPlan, nodeForecast), fc.array(mutation,{minLength:1,maxLength:3})).map(([b,c])=>b(...c)), {seed: Number(process.argv[2]), numRuns: 2500});
const seen=new Map<string,number>(); let ref=0,bad=0;
for (const o of objs) {
  const s = await server.dryRun(o as any); const p0 = v.validate(o).problems;
  try { checkObject(v,o); } catch(e) { console.log('THROW', e, JSON.stringify(o)); }
  const unk=p0.filter(p=>p.reason==='FieldValueUnknown'); const p = unk.length?unk:p0; if (p0.some(x=>/must be of type (integer|string): "array"$/.test(x.message))) continue;
  const a=[...new Set(p.map(x=>x.field))].sort(), b=[...new Set(s.map(x=>x.field))].sort(); if(s.length) ref++;
  const d=(x:any)=>/Unknown|TypeInv/.test(x.reason)?x.field+x.reason:x.field+x.reason+x.message; const w=s.map(d); for (const x of p) if(!w.includes(d(x))) { console.log('WORDS',x,s.filter(y=>y.field===x.field)); }
  if (JSON.stringify(a)!==JSON.stringify(b)) { bad++; const ao=a.filter(x=>!b.includes(x)), bo=b.filter(x=>!a.includes(x));
    const key=JSON.stringify([ao.map(x=>x.replace(/\d+/g,'#').replace(/spec\.\S+/g,'F').slice(0,90)),bo.map(x=>x.replace(/\d+/g,'#').replace(/spec\.\S+/g,'F').slice(0,90))]);
    if(!seen.has(key)) { console.log('OFFLINE', ao.slice(0,4), 'SERVER', bo.slice(0,4)); }
    seen.set(key,(seen.get(key)??0)+1); if (/list-type map|Duplicate/.test(key)) console.log(key.slice(0,200), JSON.stringify((o as any).spec).slice(0,1500), JSON.stringify(s));
  }
}
console.log(objs.length,'refused',ref,'bad',bad); server.close();
