"""The suite: what is measured (parts), where (machine), and how it is shown (table, charts)."""
