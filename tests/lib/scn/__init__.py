"""The parts of the scenario runner; tests/scenario/README.md has the language."""
