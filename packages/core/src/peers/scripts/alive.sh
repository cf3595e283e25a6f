# Whether commands run here at all.
say 'done'
