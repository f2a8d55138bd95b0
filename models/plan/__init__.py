"""Who is redialled, in which order and in which waves."""
