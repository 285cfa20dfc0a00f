"""The scenario runner; tests/scenario/README.md has the language."""
