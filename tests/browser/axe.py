"""axe-core on a page: what keeps people with a disability from reading it."""

import functools

SERIOUS = ("serious", "critical")


@functools.cache
def _script() -> str:
    from axe_playwright_python.base import AXE_SCRIPT

    return AXE_SCRIPT


def findings(page, within: str | None = None) -> list[str]:
    """The serious and critical findings on a page, or inside one of its elements, as lines."""
    page.evaluate(_script())
    found = page.evaluate(
        """async place => {
            const found = await axe.run(place || document, {resultTypes: ["violations"]});
            return found.violations;
        }""",
        within,
    )
    return [
        f"{finding['id']} ({finding['impact']}): {node['html'][:120]}: {_reason(node)}"
        for finding in found
        if finding["impact"] in SERIOUS
        for node in finding["nodes"]
    ]


def in_light_and_dark(page, within: str | None = None) -> list[str]:
    """The findings in both of a page's themes, which the site and the decks switch alike."""
    page.add_style_tag(content="* { transition: none !important }")  # else colours are in between
    found = []
    for theme in ("light", "dark"):
        page.evaluate(
            "theme => Object.assign(document.documentElement.dataset, {theme, mode: theme})", theme
        )
        found += [f"{theme}: {line}" for line in findings(page, within)]
    return found


def _reason(node: dict) -> str:
    return " ".join(node["failureSummary"].split("\n")[1:]).strip()[:200]
