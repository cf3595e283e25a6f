# The projects in ~/projects that have a .ai folder.
for folder in "$HOME"/projects/*/.ai/; do
  [ ! -d "$folder" ] || say "project $folder"
done
say 'done'
