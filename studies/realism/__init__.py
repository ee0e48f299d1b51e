"""How like people's signatures the generated ones are, and what brings them closer."""
