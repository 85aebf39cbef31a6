"""axe-core on a page: what keeps people with a disability from reading it."""

import functools

SERIOUS = ("serious", "critical")


@functools.cache
def _script() -> str:
    from axe_playwright_python.base import AXE_SCRIPT

    return AXE_SCRIPT


def findings(page, within=None, rules: tuple[str, ...] = ()) -> list[str]:
    """The serious and critical findings on a page, as lines.

    `within` is a part of it as axe.run takes it: a selector, or {"exclude": [...]}; `rules` are
    those to try, where not all are.
    """
    page.evaluate(_script())
    found = page.evaluate(
        """async ([place, rules]) => {
            const options = {resultTypes: ["violations"], preload: false};
            if (rules.length) options.runOnly = rules;
            return (await axe.run(place || document, options)).violations;
        }""",
        [within, list(rules)],
    )
    return [
        f"{finding['id']} ({finding['impact']}): {node['html'][:120]}: {_reason(node)}"
        for finding in found
        if finding["impact"] in SERIOUS
        for node in finding["nodes"]
    ]


def in_light_and_dark(page, within=None) -> list[str]:
    """The findings in both of a page's themes, which differ in nothing but colour."""
    page.add_style_tag(content="* { transition: none !important }")  # else colours are in between
    found = []
    for theme, rules in (("light", ()), ("dark", ("color-contrast",))):
        page.evaluate(
            "theme => Object.assign(document.documentElement.dataset, {theme, mode: theme})", theme
        )
        found += [f"{theme}: {line}" for line in findings(page, within, rules)]
    return found


def _reason(node: dict) -> str:
    return " ".join(node["failureSummary"].split("\n")[1:]).strip()[:200]
