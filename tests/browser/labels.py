"""Boxes of the texts in the charts of a page, and which of them are cut or lie on one another."""

from itertools import combinations

TOUCH_PX = 2.0
"""Boxes of texts hold blank space above and below the letters; so much of it may be shared."""
TEXTS = """
plots => plots.flatMap(plot => {
  const svg = plot.getBoundingClientRect();
  const icon = plot.querySelector('.modebar');
  const seen = [...plot.querySelectorAll('text')].filter(e => {
    const style = getComputedStyle(e);
    const seen = style.visibility !== 'hidden' && style.display !== 'none';
    return e.textContent.trim() && seen
      && +style.opacity > 0 && e.getBoundingClientRect().width > 0;
  });
  const boxes = seen.map(e => [e.textContent, e.getBoundingClientRect()]);
  if (icon) boxes.push(['(camera)', icon.getBoundingClientRect()]);
  return [{
    name: plot.closest('[data-testid=stPlotlyChart]')?.getAttribute('aria-label') || '',
    left: svg.left, right: svg.right, top: svg.top, bottom: svg.bottom,
    texts: boxes.map(([t, b]) => [t, b.left, b.right, b.top, b.bottom]),
  }];
})
"""


def charts_of(page):
    """Every chart in sight, with the box of each of its texts."""
    return page.locator(".js-plotly-plot").evaluate_all(TEXTS)


def faults(chart):
    """Texts that lie on one another, and texts that the edge of the chart cuts."""
    for one, other in combinations(chart["texts"], 2):
        if _apart(one, other) < -TOUCH_PX:
            yield f"{one[0]!r} lies on {other[0]!r}"
    for text, left, right, top, bottom in chart["texts"]:
        if left < chart["left"] - 1 or right > chart["right"] + 1:
            yield f"{text!r} is cut at its side"
        if top < chart["top"] - 1 or bottom > chart["bottom"] + 1:
            yield f"{text!r} is cut above or below"


def _apart(one, other):
    """How far two boxes are apart; negative where they overlap both ways."""
    _, left, right, top, bottom = one
    _, other_left, other_right, other_top, other_bottom = other
    across = max(left, other_left) - min(right, other_right)
    down = max(top, other_top) - min(bottom, other_bottom)
    return max(across, down)
