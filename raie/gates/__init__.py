"""Gates: nothing passes from one step to the next unjudged."""
