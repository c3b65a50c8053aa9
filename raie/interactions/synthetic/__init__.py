"""The embedded population: planted tastes, then nights of planted drift."""

from raie.interactions.synthetic.population import Population, Truth, synthesize

__all__ = ["Population", "Truth", "synthesize"]
