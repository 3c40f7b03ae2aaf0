'use strict';
(function () {
  const root = document.documentElement;
  root.classList.add('js');

  function ago(seconds) {
    const s = Math.max(0, Math.round(seconds));
    if (s < 120) return s + ' s';
    if (s < 7200) return Math.round(s / 60) + ' min';
    return s < 172800 ? Math.round(s / 3600) + ' h' : Math.round(s / 86400) + ' days';
  }

  // How long ago the page was written; a run that has not written for long is gone.
  function tick() {
    const body = document.body;
    const heard = document.getElementById('heard');
    const seconds = (Date.now() - Number(body.dataset.written)) / 1000;
    const running = body.dataset.state === 'running';
    const time = heard.querySelector('time');
    heard.replaceChildren(running ? 'Last heard of ' + ago(seconds) + ' ago, ' : 'Written ', time);
    if (!running) return;
    const lost = seconds > Math.max(60, 4 * Number(body.dataset.every));
    body.classList.toggle('lost', lost);
    document.getElementById('silent').hidden = !lost;
    if (lost) {
      document.getElementById('silence').textContent = ago(seconds);
      document.querySelector('#state strong').textContent = 'Silent at';
      document.getElementById('goon-title').textContent = 'To go on';
      if (!body.dataset.said) document.getElementById('if-it-stops').open = true;
      body.dataset.said = 'yes';
    }
  }

  // A newer page: over HTTP its body takes this one's place, and an answer that is none changes
  // nothing; a file is loaded anew.
  async function renew() {
    const body = document.body;
    const busy = document.hidden || String(getSelection()) !== '';
    if (body.dataset.state === 'running' && !busy) {
      if (!location.protocol.startsWith('http')) {
        location.reload();
        return;
      }
      try {
        const answer = await fetch(location.href, { cache: 'no-store' });
        const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
        const written = Number(next.body.dataset.written);
        if (answer.ok && written > Number(body.dataset.written)) take(next);
      } catch (e) {
        // The server is gone: the page stays and its clock tells how old it is.
      }
    }
    later();
  }

  function take(next) {
    const open = [...document.querySelectorAll('details')].map(d => d.open);
    document.title = next.title;
    document.body.replaceWith(document.adoptNode(next.body));
    document.querySelectorAll('details').forEach((d, i) => { d.open = open[i] || d.open; });
    prepare();
  }

  function later() {
    setTimeout(renew, 1000 * Math.max(5, Number(document.body.dataset.every)));
  }

  // Pictures: the slider shows one step of each prompt.
  const SHOWN = 'spark-lora pictures';

  function show(set) {
    const input = document.getElementById('at');
    document.querySelectorAll('.adapted').forEach(figure => {
      figure.classList.toggle('shown', figure.dataset.set === String(set));
    });
    if (!input) return;
    input.value = set;
    const one = document.querySelector('.adapted.shown figcaption');
    const step = one ? one.textContent.replace('step ', '') : '';
    document.getElementById('at-step').textContent = step;
    input.setAttribute('aria-valuetext', 'after step ' + step);
  }

  function remember(value) {
    try {
      if (value === undefined) return sessionStorage.getItem(SHOWN);
      sessionStorage.setItem(SHOWN, value);
    } catch (e) {
      // Storage is off: nothing is remembered.
    }
    return null;
  }

  // Curves: what is under the pointer, or under a cursor moved by keys.
  function read(plot, share) {
    const from = Number(plot.dataset.from);
    const step = from + share * (Number(plot.dataset.to) - from);
    let at = step;
    const texts = [];
    plot.querySelectorAll('.line').forEach(line => {
      const steps = line.dataset.steps.split(' ').map(Number);
      let best = 0;
      steps.forEach((s, i) => { if (Math.abs(s - step) < Math.abs(steps[best] - step)) best = i; });
      if (texts.length === 0) at = steps[best];
      const value = line.dataset.values.split(' ')[best];
      texts.push((line.dataset.name ? line.dataset.name + ' ' : '') + value);
    });
    const unit = plot.dataset.unit ? ' ' + plot.dataset.unit : '';
    const output = plot.closest('figure').querySelector('.read');
    output.textContent = 'step ' + Math.round(at) + ': ' + texts.join(', ') + unit;
    let cursor = plot.querySelector('.cursor');
    if (!cursor) {
      cursor = document.createElementNS('http://www.w3.org/2000/svg', 'path');
      cursor.setAttribute('class', 'cursor');
      plot.append(cursor);
    }
    const x = 1000 * (at - from) / (Number(plot.dataset.to) - from);
    cursor.setAttribute('d', 'M' + x + ' 0V1000');
    plot.dataset.share = String(share);
  }

  function leave(plot) {
    plot.closest('figure').querySelector('.read').textContent = '';
    const cursor = plot.querySelector('.cursor');
    if (cursor) cursor.remove();
  }

  document.addEventListener('pointermove', event => {
    const plot = event.target.closest && event.target.closest('.plot');
    document.querySelectorAll('.plot').forEach(p => {
      if (p !== plot && p !== document.activeElement && p.querySelector('.cursor')) leave(p);
    });
    if (!plot) return;
    const box = plot.getBoundingClientRect();
    read(plot, Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
  });
  document.addEventListener('keydown', event => {
    const plot = document.activeElement.closest('.plot');
    const way = { ArrowLeft: -0.01, ArrowRight: 0.01, PageUp: -0.1, PageDown: 0.1, Home: -1, End: 1 };
    if (!plot || !(event.key in way)) return;
    event.preventDefault();
    const share = Number(plot.dataset.share || 0) + way[event.key];
    read(plot, Math.min(1, Math.max(0, share)));
  });
  document.addEventListener('focusout', event => {
    if (event.target.classList.contains('plot')) leave(event.target);
  });
  document.addEventListener('input', event => {
    if (event.target.id !== 'at') return;
    const atEnd = event.target.value === event.target.max;
    remember(atEnd ? '' : event.target.value);
    show(event.target.value);
  });

  // Commands: a button that copies.
  document.addEventListener('click', async event => {
    if (event.target.tagName !== 'BUTTON') return;
    const code = event.target.parentElement.querySelector('code');
    try {
      await navigator.clipboard.writeText(code.textContent);
      event.target.textContent = 'Copied';
    } catch (e) {
      getSelection().selectAllChildren(code);
      event.target.textContent = 'Selected';
    }
  });

  function prepare() {
    document.querySelectorAll('.command').forEach(command => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = 'Copy';
      command.append(button);
    });
    const pictures = document.querySelector('.pictures');
    if (pictures) show(remember() || pictures.dataset.shown);
    tick();
  }

  prepare();
  setInterval(tick, 1000);
  later();
})();
