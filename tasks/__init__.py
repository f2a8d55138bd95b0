"""The hands: steps that look, ask a rule in models/, write down, act."""
