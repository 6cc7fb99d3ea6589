// Completion scripts for bash, zsh, fish and PowerShell from a list of commands and their options.
// Knows the shells, not the commands. Used by `completion`.

/** Shells a script can be made for. */
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const
/** One of `SHELLS`. */
export type Shell = (typeof SHELLS)[number]

/** A command and what may follow it. */
export interface CompletionWord {
  readonly path: readonly string[]
  readonly description: string
  readonly options: readonly { readonly name: string; readonly description: string }[]
}

const WRITERS: Record<Shell, (commands: readonly CompletionWord[]) => string> = {
  bash: bashScript,
  // zsh runs bash's completion functions after bashcompinit (zshcompsys(1)).
  zsh: commands => `#compdef lanner\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(commands)}`,
  fish: fishScript,
  powershell: powershellScript,
}

/** The script, ready to be sourced. */
export function completionScript(shell: Shell, commands: readonly CompletionWord[]): string {
  return WRITERS[shell](commands)
}

function bashScript(commands: readonly CompletionWord[]): string {
  const cases = commands.map(
    ({ path, options }) =>
      `    '${path.join(' ')}' | '${path.join(' ')} '*) words='${options.map(({ name }) => name).join(' ')}' ;;`,
  )
  return `_lanner() {
  local current="\${COMP_WORDS[COMP_CWORD]}" typed="\${COMP_WORDS[*]:1:COMP_CWORD-1}" words=''
  case "$typed" in
    *' -- '*|*' --') COMPREPLY=($(compgen -f -- "$current")); return ;;
${cases.join('\n')}
${nextWordCases(commands)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _lanner lanner
`
}

/** Words that begin a command, or stand second after the first. */
function nextWordCases(commands: readonly CompletionWord[]): string {
  const groups = new Map<string, Set<string>>()
  for (const { path } of commands) {
    path.forEach((word, index) => {
      const before = path.slice(0, index).join(' ')
      groups.set(before, (groups.get(before) ?? new Set()).add(word))
    })
  }
  return [...groups]
    .map(([before, words]) => `    '${before}') words='${[...words].join(' ')}' ;;`)
    .join('\n')
}

function fishScript(commands: readonly CompletionWord[]): string {
  const lines = ['complete -c lanner -f']
  for (const { path, description, options } of commands) {
    const [first = '', second] = path
    const seen = second === undefined ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${first}`
    if (second !== undefined) lines.push(`complete -c lanner -n __fish_use_subcommand -a ${first}`)
    lines.push(`complete -c lanner -n '${seen}' -a ${second ?? first} -d '${quoteSingle(description)}'`)
    for (const { name, description: text } of options) {
      const flag = name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`
      lines.push(
        `complete -c lanner -n '__fish_seen_subcommand_from ${second ?? first}' ${flag} -F -d '${quoteSingle(text)}'`,
      )
    }
  }
  return `${lines.join('\n')}\n`
}

function quoteSingle(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', ' ')
}

function powershellScript(commands: readonly CompletionWord[]): string {
  const table = commands.map(({ path, options }) => {
    const words = options.map(({ name }) => `'${name}'`).join(', ')
    return `  '${path.join(' ')}' = @(${words})`
  })
  const starts = commands.map(({ path }) => `'${path.join(' ')}'`).join(', ')
  return `Register-ArgumentCompleter -Native -CommandName lanner -ScriptBlock {
  param($current, $ast, $position)
  $options = @{
${table.map(line => `  ${line}`).join('\n')}
  }
  $typed = ($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() }) -join ' '
  $known = @(${starts}) | Where-Object { $typed -like "$_ *" -or $typed -eq $_ } | Select-Object -First 1
  $words = if ($known) { $options[$known] } else { $options.Keys | ForEach-Object { $_.Split(' ')[0] } | Select-Object -Unique }
  $words | Where-Object { $_ -like "$current*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}
`
}
