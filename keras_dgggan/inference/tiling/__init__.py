"""Images larger than a tile: exactly, stage by stage, or with overlaps."""
