// Goes on by the link of the page when all its frames have loaded, or have had long enough.

/** Milliseconds. */
const PATIENCE = 4000;

let isGone = false;
const goOn = () => {
  if (isGone) return;
  isGone = true;
  // Whoever comes back here by the back button would be sent on again.
  location.replace(document.querySelector('[data-after-frames]').href);
};

// The page has loaded when its frames have.
if (document.readyState === 'complete') goOn();
else addEventListener('load', goOn);
setTimeout(goOn, PATIENCE);
