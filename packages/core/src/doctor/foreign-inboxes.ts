import { isLink, realPath } from '../fs/folder'
import { folderOf } from '../fs/paths'
import { Ownership } from '../project/ownership'
import type { Inbox, Projects } from '../project/projects'
import { bad, type Check, shellWord } from './check'

/**
 * Inboxes that are none, for a link in a project makes them those of another (contract B50): what is sent there arrives
 * in the other project.
 */
export function checkForeignInboxes(inboxes: readonly Inbox[], projects: Projects): Check[] {
  const ownership = new Ownership(projects)
  return inboxes
    .filter((inbox) => !ownership.owns(inbox))
    .map(({ folder, project }) => {
      const path = folder.replace(/\/+$/, '')
      const owners = ownership.ownersOf(path).join(', ')
      const said = `${linkIn(path)} leads to ${realPath(path)}, which belongs to ${owners}: it is no inbox of ${project}`
      const words = 'look who made that link, and remove it unless it was you'
      return bad(`inbox of ${project}`, said, words, `ls -ld ${shellWord(linkIn(path))}`)
    })
}

/** The last link on the way to a folder; the folder itself where there is none. */
function linkIn(folder: string): string {
  for (let path = folder; path !== folderOf(path); path = folderOf(path)) if (isLink(path)) return path
  return folder
}
