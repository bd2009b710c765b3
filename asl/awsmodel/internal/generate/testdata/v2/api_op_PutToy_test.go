package toystore
