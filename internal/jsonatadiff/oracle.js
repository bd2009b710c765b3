// Evaluates expressions with jsonata-js, for the test beside this file.
//
// The first line of the output is {"version": ...}. Then each line of the
// input, {"expr": ..., "input": ...}, gets one line: {"result": ...},
// {"undefined": true}, {"code", "message", "position", "token"} for an error of
// JSONata, or {"native": message} for an exception of JavaScript itself. What
// JSON lacks is a string that starts with U+0000 in a result.
'use strict';

const fs = require('fs');
const path = require('path');

function locate() {
    const given = process.env.JSONATA_JS;
    if (given) {
        return fs.statSync(given).isDirectory() ? given : path.dirname(given);
    }
    return path.dirname(require.resolve('jsonata/package.json', {paths: [process.cwd()]}));
}

// The clock stands still and randomness is none, as for the package under test.
const now = 1521801216617;
globalThis.Date = class extends Date {
    constructor(...args) {
        super(...(args.length > 0 ? args : [now]));
    }
    static now() {
        return now;
    }
};
Math.random = () => 0.25;

let jsonata, source, version;
try {
    const folder = locate();
    version = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')).version;
    source = fs.readFileSync(path.join(folder, 'jsonata.js'), 'utf8');
    jsonata = require(path.join(folder, 'jsonata.js'));
} catch (e) {
    console.log(JSON.stringify({missing: e.message.split('\n')[0]}));
    process.exit(0);
}

// An evaluation leaves the names and places of its calls in the functions that
// it called, which show up in the errors of later evaluations. They are wiped
// from these, the standard functions.
let functions = [];

async function findFunctions() {
    const names = [...source.matchAll(/staticFrame\.bind\('(\w+)'/g)].map(m => '$' + m[1]);
    functions = await jsonata('[' + names.join(',') + ']').evaluate();
}

function mark(key, v) {
    switch (typeof v) {
        case 'undefined':
            return '\u0000undefined';
        case 'function':
            return '\u0000function';
        case 'number':
            return Number.isFinite(v) ? v : '\u0000' + v;
    }
    if (v && (v._jsonata_lambda || v._jsonata_function)) {
        return '\u0000function';
    }
    return v;
}

async function answer(line) {
    const {expr, input} = JSON.parse(line);
    for (const f of functions) {
        delete f.token;
        delete f.position;
    }
    try {
        const result = await jsonata(expr).evaluate(input);
        if (result === undefined) {
            return {undefined: true};
        }
        return {result: JSON.parse(JSON.stringify(result, mark))};
    } catch (e) {
        if (e === null || typeof e !== 'object' || e.code === undefined) {
            return {native: String(e && e.message)};
        }
        return {code: e.code, message: e.message, position: e.position, token: e.token};
    }
}

(async () => {
    await findFunctions();
    console.log(JSON.stringify({version}));
    for (const line of fs.readFileSync(0, 'utf8').split('\n')) {
        if (line) {
            console.log(JSON.stringify(await answer(line)));
        }
    }
})();
