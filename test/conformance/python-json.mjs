// @ts-check

/**
 * JSON as the scripts write it to files.
 * @param {unknown} value
 */
export function pythonJson(value) {
  return JSON.stringify(value, null, 2).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
