"""Who is calling: users, user tokens, cookie sessions with their CSRF tokens, and the origins that may call."""
