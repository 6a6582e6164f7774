"""Who is at the door: signing in, second factors, sessions, identities of other systems.

An inner room of org with the files every room has. Flow: views → flow (what a proof of identity leads to) → actions;
lockout counts failures; factors and provider speak to allauth, which brings the protocols and nothing of its looks.
"""
