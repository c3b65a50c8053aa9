"""From encodings to regions to adapters: routed scores, ranks and recommendations."""
