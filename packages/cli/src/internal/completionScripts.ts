/**
 * The scripts that complete command lines of `hcp` in a shell.
 *
 * What the command line itself says is in the script that `effect/cli` makes. In front of it stands a function that
 * asks `hcp complete-word` for places on an HCP and for profiles. It gets the words as the shell has split them.
 *
 * @internal
 */
import * as Completions from "effect/cli/Completions"

/** The function of the script below has this name in place of `hcp`. */
const fixed = "hcp__fixed"

/** The script for a shell. */
export const script = (shell: Completions.Shell, command: Completions.CommandDescriptor): string => {
  if (shell === "fish" || shell === "powershell") {
    const text = Completions.generate("hcp", shell, command)
    return shell === "fish" ? `${text}\n${fish}` : text
  }
  const text = Completions.generate("hcp", shell, { ...command, name: fixed })
  if (shell === "bash") return `${bash}${text}`
  // zsh wants this line to be the first.
  const [first = "", ...rest] = text.split("\n")
  return [first, zsh, ...rest.map(withoutMessage)].join("\n")
}

/**
 * An argument that zsh knows no words for, with something to be run for it that does nothing. Without that zsh tells
 * what the argument is wherever it may stand, and finishes no flag there.
 */
const withoutMessage = (line: string): string => line.replace(/^( +'[*:].*:)'$/, "$1 :'")

// `_init_completion` is of bash-completion, or of the script below where that is not installed.
const bash = `_hcp()
{
  _${fixed} "$@"
  [[ \${#COMPREPLY[@]} -gt 0 ]] && return
  local cur prev words cword
  _init_completion -n "$COMP_WORDBREAKS" || return
  [[ "$cur" == -* && "$cur" != --profile=* ]] && return
  # Readline replaces what follows the last of these signs only.
  local _head="" _word="" _line _end
  if [[ "$cur" == *[:=]* && "$COMP_WORDBREAKS" == *:* ]]; then
    _head="\${cur%"\${cur##*[:=]}"}"
  fi
  while IFS= read -r _line; do
    _end=""
    [[ "$_line" == *[/:] ]] || _end=" "
    _word="\${_line#"$_head"}"
    case "$cur" in
      \\'*|\\"*) ;;
      *) printf -v _word '%q' "$_word" ;;
    esac
    COMPREPLY+=("$_word$_end")
  done < <(command "\${words[0]}" complete-word "$cword" -- "\${words[@]}" </dev/null 2>/dev/null)
  if [[ \${#COMPREPLY[@]} -gt 0 ]]; then
    compopt -o nospace 2>/dev/null
  elif [[ "$cur" != /* && "$cur" != *:* ]]; then
    compopt -o default 2>/dev/null
  fi
}
`

const zsh = `_hcp() {
  local line
  local -a going finished
  if [[ "$PREFIX" != -* || "$PREFIX" == --profile=* ]]; then
    while IFS= read -r line; do
      if [[ "$line" == *[/:] ]]; then going+=("$line"); else finished+=("$line"); fi
    done < <(command "\${words[1]}" complete-word "$((CURRENT - 1))" -- "\${(@)words}" </dev/null 2>/dev/null)
    (( \${#going} )) && compadd -S '' -- "\${(@)going}"
    (( \${#finished} )) && compadd -- "\${(@)finished}"
    (( \${#going} + \${#finished} )) && return 0
  fi
  local before="$compstate[nmatches]"
  _${fixed} "$@"
  (( compstate[nmatches] > before )) && return 0
  [[ "$PREFIX" == -* || "$PREFIX" == /* || "$PREFIX" == *:* ]] || _files
}`

const fish = `function __hcp_words
  set -l before (commandline -opc)
  command $before[1] complete-word (count $before) -- $before (commandline -ct) </dev/null 2>/dev/null
end
function __hcp_places
  set -l found (__hcp_words)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else if test (count (commandline -opc)) -gt 1; and not string match -qr '^/|:' -- (commandline -ct)
    __fish_complete_path (commandline -ct)
  end
end
complete -c hcp -n 'not string match -q -- "-*" (commandline -ct)' -a '(__hcp_places)'
complete -c hcp -l profile -s p -x -a '(__hcp_words)'
`
