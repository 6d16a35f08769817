// npm's irc-framework, driven over standard input and output: a line of JSON for each event and each command.
'use strict';

const IRC = require('irc-framework');
const readline = require('node:readline');

const [host, port, nick, transport] = process.argv.slice(2);
const client = new IRC.Client({
    host, port: Number(port), nick, username: nick, gecos: nick,
    tls: transport === 'tls', rejectUnauthorized: false,
    enable_echomessage: true, auto_reconnect: false, // its own way waits for 5 s of a connection that went well
});
const say = (event, data) => process.stdout.write(JSON.stringify({event, ...data}) + '\n');

client.on('registered', () => client.join('#lobby'));
client.on('join', (e) => say('join', {nick: e.nick, channel: e.channel}));
client.on('part', (e) => say('part', {nick: e.nick, channel: e.channel}));
client.on('privmsg', (e) => say('message', {nick: e.nick, target: e.target, text: e.message, msgid: e.tags.msgid}));
client.on('socket close', () => { say('closed', {}); setTimeout(() => client.connect(), 500); });
client.connect();

readline.createInterface({input: process.stdin}).on('line', (line) => {
    const order = JSON.parse(line);
    if (order.do === 'say') client.say(order.target, order.text);
    if (order.do === 'part') client.part(order.target);
    if (order.do === 'join') client.join(order.target);
    if (order.do === 'quit') client.quit('bye');
});
